import * as v from 'valibot'
import type {ApiServer} from '../../src/cluster/api.ts'

const objectSchema = v.looseObject({spec: v.looseObject({})})

/** An API server with one session, whose agents answer as `agents` says once it was looked at `after` times. */
export function fakeApi(agents: Readonly<Record<string, unknown>>, after = 1) {
  const calls: string[] = []
  let spec: unknown
  let looks = 0
  const refuse = async () => Promise.reject(new Error('nobody asks for it'))
  const api: ApiServer = {
    server: 'https://fake',
    get: async (path) => {
      calls.push(`get ${path.split('/').at(-1)}`)
      looks += 1
      return {metadata: {name: 'probe-7'}, spec, status: looks < after ? {} : {agents}}
    },
    list: refuse,
    post: async (_, body) => {
      spec = v.parse(objectSchema, body).spec
      calls.push('post')
      return {metadata: {name: 'probe-7'}}
    },
    put: refuse,
    patch: refuse,
    delete: async (path) => {
      calls.push(`delete ${path.split('/').at(-1)}`)
      return {}
    },
    stream: () => {
      throw new Error('nobody asks for it')
    },
    close: () => undefined,
  }
  return {api, calls, ordered: () => spec}
}
