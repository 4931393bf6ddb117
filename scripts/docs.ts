import {writeFile} from 'node:fs/promises'
import {fields} from '../src/datapath/pipeline/fields.ts'
import {nextTable, tables} from '../src/datapath/pipeline/tables.ts'
import {configurationPage, refusalsPage} from './docs-configuration.ts'
import {planSchema} from '../src/changes/set-mode/plan-schema.ts'
import {grid} from './docs-grid.ts'
import {jsonSchema} from './json-schema.ts'

/** Pages that say what tables in the source say, by path; a test holds the files to them. */
export const pages: Readonly<Record<string, () => string>> = {
  'docs/configuration.md': configurationPage,
  'docs/pipeline.md': pipelinePage,
  'docs/refusals.md': refusalsPage,
  'docs/schemas/mode-plan.json': () => jsonSchema(planSchema, 'The plan of antctl set-mode'),
}

/** `sh scripts/node.sh scripts/docs.ts` writes them all. */
export async function writePages(): Promise<void> {
  for (const [path, page] of Object.entries(pages)) await writeFile(new URL(`../${path}`, import.meta.url), page())
}

function pipelinePage(): string {
  return [
    '# What a packet meets in br-int',
    '',
    'Printed from `src/datapath/pipeline/tables.ts` and `fields.ts` by `scripts/docs.ts`.',
    '',
    '## Tables, in the order in which a packet meets them',
    '',
    ...grid(
      ['Id', 'Table', 'Stage', 'Asks', 'No flow matches'],
      tables.map(({id, name, stage, asks}) => [id, name, stage, asks, missText(nextTable(name))]),
    ),
    '',
    'ARP leaves in ARPResponder: IPv4 alone goes on to the tables below it. Other protocols are dropped in the first table.',
    '',
    '## Registers and marks',
    '',
    ...grid(
      ['Field', 'Place', 'Says', 'Values'],
      Object.entries(fields).map(([name, row]) => [
        name,
        place(row),
        row.means,
        'values' in row ? values(row.values) : '',
      ]),
    ),
    '',
  ].join('\n')
}

function missText(next: string | undefined): string {
  return next === undefined ? 'dropped' : `goes on to ${next}`
}

function place({register, bits: [first, last]}: {readonly register: string; readonly bits: readonly number[]}): string {
  return first === last ? `${register}[${first}]` : `${register}[${first}-${last}]`
}

function values(known: Readonly<Record<string, {readonly value: number; readonly means: string}>>): string {
  return Object.values(known)
    .map(({value, means}) => `${value}: ${means}`)
    .join('; ')
}

if (import.meta.main) await writePages()
