import * as v from 'valibot'

const configMapSchema = v.object({
  metadata: v.object({name: v.string(), resourceVersion: v.optional(v.string(), '')}),
  data: v.optional(v.record(v.string(), v.string()), {}),
})

/** One key of a v1 ConfigMap as text; undefined when the object is none, or lacks the key. */
export function translateConfigMap(object: unknown, key: string): string | undefined {
  const parsed = v.safeParse(configMapSchema, object)
  return parsed.success ? parsed.output.data[key] : undefined
}
