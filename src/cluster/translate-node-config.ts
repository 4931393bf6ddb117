import * as v from 'valibot'
import type {NodeConfig} from '../model/config/effective.ts'

const schema = v.object({metadata: v.object({name: v.string()}), spec: v.object({agent: v.exactOptional(v.unknown())})})

/** An AntreaNodeConfig with something for our agent; undefined for one of upstream's alone, and for what is none. */
export function translateNodeConfig(object: unknown): NodeConfig | undefined {
  const parsed = v.safeParse(schema, object)
  if (!parsed.success || (parsed.output.spec.agent ?? null) === null) return undefined
  return {name: parsed.output.metadata.name, agent: parsed.output.spec.agent}
}
