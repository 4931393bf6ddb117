import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {execa} from 'execa'
import * as v from 'valibot'
import {names} from '../../src/model/names.ts'
import {patience} from '../datapath/patience.ts'
import {inside, namespaceOf} from '../datapath/underlay.ts'

const listShape = v.object({
  cniVersion: v.string(),
  name: v.string(),
  plugins: v.array(v.looseObject({type: v.string(), capabilities: v.optional(v.record(v.string(), v.boolean()))})),
})
type Plugin = v.InferOutput<typeof listShape>['plugins'][number]

export interface PodCall {
  readonly command: 'ADD' | 'DEL'
  /** The Pod, its container and its namespace of the underlay are all called so. */
  readonly pod: string
  /** What the Pod asks of plugins, by capability; in CNI's words. */
  readonly wishes?: Readonly<Record<string, unknown>>
  /** What ADD answered. */
  readonly result?: unknown
}

type Call = {readonly node: string; readonly directory: string} & (PodCall | {readonly command: 'STATUS'})

/**
 * Runs the plugins of the list that the agent has put into its directory, as the CNI specification tells runtimes to (section
 * "Deriving execution configuration"); answers what the last one said.
 */
export async function callPlugins(call: Call): Promise<unknown> {
  const list = v.parse(listShape, JSON.parse(await readFile(join(call.directory, 'net.d', names.conflist), 'utf8')))
  // Only ours answers STATUS in the version that the list names.
  const plugins = call.command === 'STATUS' ? list.plugins.slice(0, 1) : list.plugins
  let result = 'result' in call ? call.result : undefined
  for (const plugin of call.command === 'DEL' ? plugins.toReversed() : plugins) {
    const {type, capabilities = {}, ...rest} = plugin
    const input = {
      ...rest,
      type,
      name: list.name,
      cniVersion: call.command === 'STATUS' ? '1.1.0' : list.cniVersion,
      ...('wishes' in call && {runtimeConfig: wishesFor(capabilities, call.wishes ?? {})}),
      ...(result !== undefined && {prevResult: result}),
    }
    const output = await run(call, plugin, JSON.stringify(input))
    if (call.command === 'ADD') result = JSON.parse(output)
  }
  return result
}

function wishesFor(capabilities: Readonly<Record<string, boolean>>, wishes: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(wishes).filter(([name]) => capabilities[name] === true))
}

async function run(call: Call, {type}: Plugin, input: string): Promise<string> {
  const pod = 'pod' in call ? call.pod : ''
  const env = {
    CNI_COMMAND: call.command,
    CNI_CONTAINERID: pod,
    CNI_NETNS: pod === '' ? '' : `/run/netns/${namespaceOf(pod)}`,
    CNI_IFNAME: pod === '' ? '' : 'eth0',
    CNI_PATH: join(call.directory, 'bin'),
    CNI_ARGS: `IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=${pod}`,
    ANTREA_CNI_SOCKET: join(call.directory, 'cni.sock'),
  }
  const program = join(call.directory, 'bin', type)
  const {stdout, stderr, exitCode} = await execa('ip', inside(call.node, program, []), {
    env,
    input,
    reject: false,
    timeout: 20_000 * patience,
  })
  if (exitCode !== 0) throw new Error(`${type} ${call.command}: ${stdout} ${stderr}`)
  return stdout
}
