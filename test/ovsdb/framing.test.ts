import fc from 'fast-check'
import {expect, test} from 'vitest'
import {JsonFramer} from '../../src/datapath/ovsdb/json-framing.ts'

test('objects are the same however the stream is cut', () => {
  const anyObject = fc.dictionary(fc.string({unit: 'binary'}), fc.jsonValue(), {maxKeys: 4})
  fc.assert(
    fc.property(fc.array(anyObject, {maxLength: 5}), fc.integer({min: 1, max: 9}), (objects, size) => {
      const wanted: unknown[] = objects.map((object) => JSON.parse(JSON.stringify(object)))
      const stream = Buffer.from(objects.map((object) => JSON.stringify(object)).join('\n'))
      const framer = new JsonFramer()
      const got: unknown[] = []
      for (let at = 0; at < stream.length; at += size) got.push(...framer.push(stream.subarray(at, at + size)))
      expect(got).toEqual(wanted)
    }),
  )
})

const update = {id: null, method: 'update3', params: ['a', 'é€😀', {Port: {p: {insert: {name: 'x"}{\\'}}}}]}

test('a stream that breaks off anywhere gives nothing, and goes on where it broke off', () => {
  const bytes = Buffer.from(JSON.stringify(update))
  for (let at = 0; at < bytes.length; at += 1) {
    const framer = new JsonFramer()
    expect(framer.push(bytes.subarray(0, at))).toEqual([])
    expect(framer.push(bytes.subarray(at))).toEqual([update])
  }
})

test('whatever comes, it is an object or an error', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({maxLength: 40}), {maxLength: 5}), (pieces) => {
      const framer = new JsonFramer()
      try {
        for (const piece of pieces)
          for (const got of framer.push(Buffer.concat([Buffer.from('{"a":'), piece]))) expect(typeof got).toBe('object')
      } catch (error) {
        expect(error).toSatisfy((thrown) => thrown instanceof SyntaxError || thrown instanceof RangeError)
      }
    }),
  )
})

test('braces, quotes and backslashes inside of strings do not count', () => {
  const tricky = {id: 1, result: '}]{["\\" \\\\', error: null}
  expect(new JsonFramer().push(Buffer.from(JSON.stringify(tricky) + JSON.stringify(tricky)))).toEqual([tricky, tricky])
})

test.each([
  ['no JSON', '{not json}'],
  ['a list', '[1]'],
  ['a word', 'true'],
  ['a bracket that closes nothing', '{}}'],
  ['brackets of another kind', '{"a":[}]'],
  ['a zero byte', '\0'],
])('%s is refused', (_, text) => {
  expect(() => new JsonFramer().push(Buffer.from(text))).toThrow(SyntaxError)
})

test('bombs are refused before they are parsed', () => {
  const deep = Buffer.from(`{"a":${'['.repeat(64)}`)
  expect(() => new JsonFramer().push(deep)).toThrow('more than 64 brackets inside each other')
  const framer = new JsonFramer()
  framer.push(Buffer.from('{"a":"'))
  const megabyte = Buffer.alloc(1024 * 1024, 'a')
  expect(() => {
    for (let piece = 0; piece < 65; piece += 1) framer.push(megabyte)
  }).toThrow('a JSON text of more than 67108864 bytes')
})
