import * as v from 'valibot'
import type {NodeConfig} from '../model/config/effective.ts'

const schema = v.object({metadata: v.object({name: v.string()}), spec: v.object({agent: v.exactOptional(v.unknown())})})

/** An AntreaNodeConfig with something for our agent; undefined for one of upstream's alone, and for what is none. */
export function translateNodeConfig(object: unknown): NodeConfig | undefined {
  const parsed = v.safeParse(schema, object)
  if (!parsed.success || (parsed.output.spec.agent ?? null) === null) return undefined
  return {name: parsed.output.metadata.name, agent: parsed.output.spec.agent}
}

export function nameOf(object: unknown): string | undefined {
  const parsed = v.safeParse(named, object)
  return parsed.success ? parsed.output.metadata.name : undefined
}

const named = v.object({metadata: v.object({name: v.string()})})

/** When somebody last asked the Node's agent to start anew. */
export function translateRestartRequest(object: unknown): Date | undefined {
  const parsed = v.safeParse(requested, object)
  const time = new Date(parsed.success ? parsed.output.spec.restartRequestedAt : Number.NaN)
  return Number.isNaN(time.getTime()) ? undefined : time
}

const requested = v.object({spec: v.object({restartRequestedAt: v.string()})})
