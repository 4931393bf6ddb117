import * as v from 'valibot'
import {AntctlError} from '../../model/errors.ts'
import type {JsonRpcSession} from './json-rpc.ts'
import {database} from './monitor.ts'
import type {Operation} from './operations.ts'

/** What one operation gave back: rows of select, uuid of insert, count of update, mutate and delete. */
export interface OperationResult {
  readonly rows?: readonly Readonly<Record<string, unknown>>[] | undefined
  readonly uuid?: readonly [string, string] | undefined
  readonly count?: number | undefined
}

const results = v.array(
  v.nullable(
    v.object({
      error: v.optional(v.string()),
      details: v.optional(v.string()),
      rows: v.optional(v.array(v.record(v.string(), v.unknown()))),
      uuid: v.optional(v.tuple([v.string(), v.string()])),
      count: v.optional(v.number()),
    }),
  ),
)

/** RFC 7047 §4.1.3: one result an operation, null for those after a failed one, one more when the commit failed. */
export async function transact(
  session: JsonRpcSession,
  operations: readonly Operation[],
): Promise<readonly OperationResult[]> {
  const read = v.parse(results, await session.call('transact', [database, ...operations]))
  for (const [index, result] of read.entries()) {
    if (result?.error === undefined) continue
    const operation = operations[index]
    const what = operation === undefined ? 'the commit' : describe(operation)
    throw new AntctlError('OVSDB', `ovsdb-server refused ${what}: ${result.error}: ${result.details ?? 'no details'}`)
  }
  if (read.length < operations.length)
    throw new AntctlError('OVSDB', 'ovsdb-server answered fewer results than operations')
  return read.map((result) => result ?? {})
}

function describe(operation: Operation): string {
  return operation.op === 'comment' ? operation.op : `${operation.op} ${operation.table}`
}
