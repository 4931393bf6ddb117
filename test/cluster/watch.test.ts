import {expect, test} from 'vitest'
import * as v from 'valibot'
import type {ApiServer} from '../../src/cluster/api.ts'
import {watchCollection} from '../../src/cluster/watch.ts'
import {AntctlError} from '../../src/model/errors.ts'

const schema = v.object({metadata: v.object({name: v.string()}), value: v.optional(v.number(), 0)})
const collection = {
  path: '/things',
  neverEmpty: true,
  translate: (object: unknown) => {
    const parsed = v.safeParse(schema, object)
    return parsed.success ? {key: parsed.output.metadata.name, value: parsed.output.value} : undefined
  },
}
const thing = (name: string, value: number) => ({metadata: {name, resourceVersion: String(value)}, value})
const line = (type: string, object: unknown) => JSON.stringify({type, object})

type Script = {readonly list?: readonly unknown[] | AntctlError; readonly lines?: readonly string[] | AntctlError}

/** Plays one entry a LIST or watch and ends the test when there are no more. */
async function play(scripts: readonly Script[]) {
  const seen: string[] = []
  const asked: string[] = []
  const troubles: string[] = []
  const stop = new AbortController()
  const rest = [...scripts]
  const next = <Kind extends keyof Script>(kind: Kind): NonNullable<Script[Kind]> => {
    const found = rest.shift()?.[kind]
    if (found === undefined) {
      stop.abort()
      throw new AntctlError('API_UNREACHABLE', 'the play is over')
    }
    if (found instanceof AntctlError) throw found
    return found
  }
  const refuse = () => Promise.reject(new Error('not in this play'))
  const api: ApiServer = {
    server: '',
    get: refuse,
    post: refuse,
    put: refuse,
    patch: refuse,
    delete: refuse,
    close: () => undefined,
    list: async () => {
      asked.push('list')
      const items = next('list')
      return {resourceVersion: '1', items: items instanceof AntctlError ? [] : items}
    },
    stream: async function* (path) {
      asked.push(`watch ${new URLSearchParams(path.split('?')[1]).get('resourceVersion')}`)
      const lines = next('lines')
      if (!(lines instanceof AntctlError)) yield* lines
    },
  }
  await watchCollection(api, collection, {
    signal: stop.signal,
    firstPause: 1,
    onChange: (items) => seen.push([...items].map(([key, value]) => `${key}=${value}`).join(' ')),
    onTrouble: ({code}) => troubles.push(code),
  })
  return {seen, asked, troubles}
}

test('events become maps, and what we do not keep changes nothing', async () => {
  const {seen} = await play([
    {list: [thing('a', 1), {no: 'thing'}]},
    {
      lines: [
        line('ADDED', thing('b', 2)),
        line('MODIFIED', thing('b', 2)),
        line('MODIFIED', thing('a', 3)),
        line('DELETED', thing('b', 4)),
        line('BOOKMARK', {metadata: {resourceVersion: '9'}}),
      ],
    },
  ])
  expect(seen).toEqual(['a=1', 'a=1 b=2', 'a=3 b=2', 'a=3'])
})

test('a watch that ends goes on from the last bookmark', async () => {
  const {asked} = await play([
    {list: [thing('a', 1)]},
    {lines: [line('BOOKMARK', {metadata: {resourceVersion: '9'}})]},
    {lines: []},
  ])
  expect(asked.slice(0, 3)).toEqual(['list', 'watch 1', 'watch 9'])
})

test('an expired version lists again at once', async () => {
  const {asked, troubles} = await play([
    {list: [thing('a', 1)]},
    {lines: [line('ERROR', {code: 410, message: 'too old resource version'})]},
    {list: [thing('a', 5)]},
  ])
  expect(asked.slice(0, 3)).toEqual(['list', 'watch 1', 'list'])
  expect(troubles).toEqual([])
})

test('a LIST that failed or came back empty takes nothing away', async () => {
  const {seen, troubles} = await play([
    {list: new AntctlError('API_FORBIDDEN', 'not yet')},
    {list: [thing('a', 1)]},
    {lines: [line('ERROR', {code: 410})]},
    {list: []},
    {list: new AntctlError('API_UNREACHABLE', 'gone')},
    {list: [thing('a', 1), thing('b', 2)]},
  ])
  expect(seen).toEqual(['a=1', 'a=1 b=2'])
  expect(troubles).toEqual(['API_FORBIDDEN', 'API_ANSWER', 'API_UNREACHABLE'])
})
