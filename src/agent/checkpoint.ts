import {chmod, open, readFile, rename, stat, writeFile} from 'node:fs/promises'
import * as v from 'valibot'
import {parseCidr, parseIp} from '../model/address.ts'
import {AntctlError, sentenceOf} from '../model/errors.ts'
import type {ClusterNode} from '../model/node.ts'
import {loadConfig} from './load-config.ts'
import type {AgentState, Store} from './state.ts'

/** Inputs of the API server as they were last good. 5 000 Nodes take about 1 MB. */
const largest = 16 * 1024 * 1024
const formVersion = 1
/** Nodes change in bursts (ms). */
const gather = 500

const schema = v.object({
  version: v.literal(formVersion),
  node: v.string(),
  configText: v.string(),
  nodeConfig: v.exactOptional(v.object({name: v.string(), agent: v.unknown()})),
  internalIp: v.exactOptional(v.string()),
  nodes: v.pipe(
    v.array(
      v.object({
        name: v.string(),
        podCidrs: v.array(v.string()),
        transportIps: v.array(v.string()),
        ready: v.boolean(),
      }),
    ),
    v.minLength(1),
  ),
})

/** The part of the state that the API server gives; undefined where no checkpoint was written. */
export type Recalled = Required<Pick<AgentState, 'configText' | 'loaded' | 'nodes'>> &
  Pick<AgentState, 'internalIp' | 'nodeConfig'>

/** Reads what rememberInputs wrote; throws MACHINE for a file that is another Node's, unreadable or too large. */
export async function recallInputs(file: string, node: string): Promise<Recalled | undefined> {
  const text = await readBounded(file)
  if (text === undefined) return undefined
  try {
    const {configText, nodeConfig, internalIp, nodes, node: owner} = v.parse(schema, JSON.parse(text))
    if (owner !== node) throw new TypeError(`it is of Node ${owner}`)
    return {
      configText,
      nodeConfig,
      loaded: loadConfig({text: configText, ...(nodeConfig !== undefined && {nodeConfig})}, process.env),
      nodes: nodes.map(readNode),
      ...(internalIp !== undefined && {internalIp: parseIp(internalIp)}),
    }
  } catch (error) {
    throw new AntctlError('MACHINE', `the checkpoint ${file} is refused: ${sentenceOf(error)}`, {cause: error})
  }
}

/** Writes the inputs whenever they changed, a moment later; the answer writes what is due and ends that. */
export function rememberInputs(
  store: Store,
  {file, node, onError}: {readonly file: string; readonly node: string; readonly onError: (error: unknown) => void},
): () => Promise<void> {
  let written = ''
  let timer: NodeJS.Timeout | undefined
  let before: Promise<void> = Promise.resolve()
  const write = async (previous: Promise<void>): Promise<void> => {
    await previous
    const text = describeInputs(store.now(), node)
    if (text === undefined || text === written) return
    try {
      await replace(file, text)
      written = text
    } catch (error) {
      onError(error)
    }
  }
  const writeNow = (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    before = write(before)
    return before
  }
  const forget = store.onChange((now, before) => {
    const same =
      now.nodes === before.nodes &&
      now.configText === before.configText &&
      now.nodeConfig === before.nodeConfig &&
      now.internalIp === before.internalIp
    if (!same) timer ??= setTimeout(() => void writeNow(), gather)
  })
  return async () => {
    forget()
    await (timer === undefined ? before : writeNow())
  }
}

function describeInputs({nodes, configText, nodeConfig, internalIp}: AgentState, node: string): string | undefined {
  if (nodes === undefined || nodes.length === 0 || configText === undefined) return undefined
  const kept = nodes.map(({name, podCidrs, transportIps, ready}) => ({name, podCidrs, transportIps, ready}))
  return JSON.stringify({
    version: formVersion,
    node,
    configText,
    ...(nodeConfig !== undefined && {nodeConfig}),
    ...(internalIp !== undefined && {internalIp}),
    nodes: kept,
  })
}

/** Beside and renamed: a power cut leaves the old file or the new one. For root alone, as the configuration may be. */
async function replace(file: string, text: string): Promise<void> {
  const temporary = `${file}.tmp`
  await writeFile(temporary, text, {mode: 0o600})
  await chmod(temporary, 0o600)
  const handle = await open(temporary)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(temporary, file)
}

async function readBounded(file: string): Promise<string | undefined> {
  const found = await stat(file).catch(() => undefined)
  if (found === undefined) return undefined
  if (!found.isFile() || found.size > largest)
    throw new AntctlError('MACHINE', `the checkpoint ${file} is refused: it is no file of less than ${largest} bytes`)
  return readFile(file, 'utf8')
}

function readNode({name, podCidrs, transportIps, ready}: v.InferOutput<typeof schema>['nodes'][number]): ClusterNode {
  return {name, podCidrs: podCidrs.map(parseCidr), transportIps: transportIps.map(parseIp), ready}
}
