import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import * as v from 'valibot'

const columns = v.record(v.string(), v.looseObject({type: v.unknown()}))
const shape = v.looseObject({tables: v.record(v.string(), v.object({columns}))})

/** What ovsdb-server of Open vSwitch 3.1.0 answers to get_schema, cut to the columns that we use; a new copy each time. */
export function capturedSchema(): v.InferOutput<typeof shape> {
  const file = join(import.meta.dirname, '..', 'captures', 'ovsdb-schema.json')
  return v.parse(shape, JSON.parse(readFileSync(file, 'utf8')))
}
