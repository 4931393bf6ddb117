import type {Socket} from 'node:net'
import * as v from 'valibot'
import {JsonFramer} from '../../src/datapath/ovsdb/json-framing.ts'
import {type FakePeer, startFakePeer} from '../openflow/peer.ts'
import {capturedSchema} from './schema.ts'

const request = v.object({
  id: v.unknown(),
  method: v.optional(v.string(), ''),
  params: v.optional(v.array(v.unknown()), []),
})
export type Request = v.InferOutput<typeof request>

/** Answers get_schema and, where the test does not, an empty database; all else is the test's. */
export async function fakeDatabase(
  answer: (asked: Request, socket: Socket) => unknown,
  schema: unknown = capturedSchema(),
): Promise<FakePeer> {
  return fakePeerOf((asked, socket) => {
    if (asked.method === 'get_schema') return {result: schema}
    const result = answer(asked, socket)
    if (result !== undefined) return {result}
    return asked.method === 'monitor_cond_since' ? {result: [false, '0', {}]} : undefined
  }, 'db.sock')
}

/** undefined: no answer, or one that the test has written itself. */
export async function fakePeerOf(
  answer: (asked: Request, socket: Socket) => {readonly result?: unknown; readonly error?: unknown} | undefined,
  name: string,
): Promise<FakePeer> {
  return startFakePeer((socket) => {
    const framer = new JsonFramer()
    socket.on('data', (chunk) => {
      for (const text of framer.push(chunk)) {
        const asked = v.parse(request, text)
        const answered = answer(asked, socket)
        if (answered !== undefined) socket.write(JSON.stringify({id: asked.id, result: null, error: null, ...answered}))
      }
    })
  }, name)
}

export function update3(transaction: string, rows: unknown): string {
  return JSON.stringify({id: null, method: 'update3', params: ['antctl', transaction, rows]})
}
