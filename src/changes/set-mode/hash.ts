import {createHash} from 'node:crypto'

/** What an agent reports as config.hash once it runs this text: see ConfigInfo of src/model/agent-info.ts. */
export function configHash(source: string): string {
  return createHash('sha256').update(source).digest('hex').slice(0, 12)
}
