import {type Refused, refused} from '../refusals/refuse.ts'
import type {ConfigDocument} from './document.ts'
import {isMapping, parsePath, type Path, pathText, valueAt, withoutValue, withValue} from './place.ts'

/**
 * Spellings of tutorials and of earlier versions, and the keys that they mean. ovsBridges at the top names the bridge of
 * the Pods there, unlike secondaryNetwork.ovsBridges.
 */
export const spellings: Readonly<Record<string, string>> = {
  'ovsBridges.0.bridgeName': 'ovsBridge',
  'ovsBridges.0.datapathType': 'ovsDatapathType',
  'flowExporter.activeFlowTimeout': 'flowExporter.activeFlowExportTimeout',
  'flowExporter.idleFlowTimeout': 'flowExporter.idleFlowExportTimeout',
  activeFlowTimeout: 'flowExporter.activeFlowExportTimeout',
  idleFlowTimeout: 'flowExporter.idleFlowExportTimeout',
  activeFlowExportTimeout: 'flowExporter.activeFlowExportTimeout',
  idleFlowExportTimeout: 'flowExporter.idleFlowExportTimeout',
  flowCollectorAddr: 'flowExporter.flowCollectorAddr',
  flowPollInterval: 'flowExporter.flowPollInterval',
}

export interface Respelled {
  readonly document: ConfigDocument
  readonly warnings: readonly string[]
  readonly refused: readonly Refused[]
}

/** The document with today's keys; a key that is there in both spellings must say the same. */
export function respell(document: ConfigDocument): Respelled {
  const lines = new Map<string, number | undefined>()
  const warnings: string[] = []
  const problems: Refused[] = []
  let value = document.value
  for (const [old, known] of Object.entries(spellings)) {
    const [from, to] = [parsePath(old), parsePath(known)]
    const given = valueAt(value, from)
    if (given === undefined) continue
    const place = {source: document.name, line: lineNear(document, from)}
    const there = valueAt(value, to)
    if (there !== undefined && there !== null && there !== given) {
      problems.push(refused('key-twice', {key: old, known}, place))
    }
    const rest = withoutValue(value, from)
    value = withValue(isMapping(rest) ? rest : {}, to, given)
    lines.set(known, place.line)
    warnings.push(`${document.name}${lineText(place.line)}: ${old} is read as ${known}`)
  }
  const lineOf = (path: Path) => lines.get(pathText(path)) ?? document.lineOf(path)
  return {document: {name: document.name, value, lineOf}, warnings, refused: problems}
}

/** The line of a path, or of what holds it: elements of lists have none of their own. */
export function lineNear(document: ConfigDocument, path: Path): number | undefined {
  return path.length === 0 ? undefined : (document.lineOf(path) ?? lineNear(document, path.slice(0, -1)))
}

function lineText(line: number | undefined): string {
  return line === undefined ? '' : `, line ${line}`
}
