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

test('braces, quotes and backslashes inside of strings do not count', () => {
  const tricky = {id: 1, result: '}]{["\\" \\\\', error: null}
  expect(new JsonFramer().push(Buffer.from(JSON.stringify(tricky) + JSON.stringify(tricky)))).toEqual([tricky, tricky])
})

test('what is not JSON is refused', () => {
  expect(() => new JsonFramer().push(Buffer.from('{not json}'))).toThrow(SyntaxError)
})
