import * as v from 'valibot'
import {AntctlError} from '../model/errors.ts'

/** An agent's answer as the schema has it; `what` says whose it is. */
export function readAnswer<Schema extends v.GenericSchema>(
  schema: Schema,
  answer: unknown,
  what: string,
): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, answer)
  if (parsed.success) return parsed.output
  throw new AntctlError('AGENT_ANSWER', `${what} cannot be read: ${parsed.issues[0].message}`)
}

/** Absent or text. */
export const text = v.exactOptional(v.string())
export const count = v.exactOptional(v.number())
