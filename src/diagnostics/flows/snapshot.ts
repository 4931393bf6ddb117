import {readFile} from 'node:fs/promises'
import * as v from 'valibot'
import {AntctlError, sentenceOf} from '../../model/errors.ts'
import {tableName} from '../../datapath/pipeline/tables.ts'
import type {DecodedFlow} from './decode.ts'
import {parseFlowLine} from './rows.ts'

const saved = v.array(v.object({flow: v.string()}))

/** Flows from a file: what -o json, --raw or `ovs-ofctl dump-flows` wrote. */
export async function readSnapshot(file: string): Promise<readonly DecodedFlow[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new AntctlError('USAGE', `${file} is neither a Node with an agent nor a file: ${sentenceOf(error)}`, {
      remedy: ['antctl get ovsflows --nodes NODE --raw > FILE'],
    })
  })
  const rows = linesOf(text).map((line) => parseFlowLine(line, tableName))
  if (rows.length === 0) throw new AntctlError('USAGE', `${file} has no flow in it`)
  return rows.map((row) => ({...row, says: {match: row.match === '' ? [] : [row.match], actions: [row.actions]}}))
}

function linesOf(text: string): readonly string[] {
  if (text.trimStart().startsWith('[')) {
    const parsed = v.safeParse(saved, safeJson(text))
    return parsed.success ? parsed.output.map(({flow}) => flow) : []
  }
  return text.split('\n').filter((line) => line.includes('actions='))
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
