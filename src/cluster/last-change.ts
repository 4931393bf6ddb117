import * as v from 'valibot'
import {AntctlError} from '../model/errors.ts'
import {names} from '../model/names.ts'
import type {ApiServer, CallOptions} from './api.ts'

/** What the record of the last mode change says of where it stands. */
export interface LastModeChange {
  readonly state: string
  readonly from?: string
  readonly to?: string
  readonly by?: string
  readonly began?: string
}

const schema = v.object({data: v.optional(v.record(v.string(), v.string()), {})})
const changeSchema = v.object({
  began: v.optional(v.string()),
  by: v.optional(v.string()),
  plan: v.optional(v.object({from: v.optional(v.string()), to: v.optional(v.string())}), {}),
})
const journalSchema = v.object({state: v.string()})

/** undefined: none was ever begun, or the caller may not know. */
export async function readLastChange(
  api: Pick<ApiServer, 'get'>,
  options?: CallOptions,
): Promise<LastModeChange | undefined> {
  const path = `/api/v1/namespaces/${names.namespace}/configmaps/${names.changeRecord}`
  const found = await api.get(path, options).catch(noneIfNotKnown)
  const {data} = v.parse(schema, found ?? {})
  const journal = v.safeParse(journalSchema, parsed(data['journal.json']))
  const change = v.safeParse(changeSchema, parsed(data['change.json']))
  if (!journal.success) return undefined
  const {began, by, plan} = change.success ? change.output : {}
  return {
    state: journal.output.state,
    ...(plan?.from !== undefined && {from: plan.from}),
    ...(plan?.to !== undefined && {to: plan.to}),
    ...(by !== undefined && {by}),
    ...(began !== undefined && {began}),
  }
}

function noneIfNotKnown(error: unknown): undefined {
  if (error instanceof AntctlError && ['API_NOT_FOUND', 'API_FORBIDDEN'].includes(error.code)) return undefined
  throw error
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return undefined
  }
}
