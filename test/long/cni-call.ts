import {execa} from 'execa'
import * as v from 'valibot'
import {inside} from '../../lab/machines.ts'
import {type NodeName, on} from './node.ts'

/** CNI specification 1.1.0, section "Error". */
const errorShape = v.object({code: v.number(), msg: v.string()})
export type CniAnswer =
  | {readonly ok: true; readonly text: string}
  | ({readonly ok: false} & v.InferOutput<typeof errorShape>)

const configuration = JSON.stringify({cniVersion: '1.0.0', name: 'antrea', type: 'antrea'})

/** One call of the CNI program on the Node, as containerd makes it, without a Pod behind it. */
export async function callCni(node: NodeName, command: string, container = ''): Promise<CniAnswer> {
  const environment = {
    CNI_COMMAND: command,
    CNI_CONTAINERID: container,
    CNI_NETNS: container === '' ? '' : netnsOf(container),
    CNI_IFNAME: 'eth0',
    CNI_PATH: '/opt/cni/bin',
    CNI_ARGS: `IgnoreUnknown=1;K8S_POD_NAMESPACE=long;K8S_POD_NAME=${container}`,
  }
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`)
  const [program = '', ...rest] = inside(node, ['env', ...variables, '/opt/cni/bin/antrea'])
  const {stdout, exitCode} = await execa(program, rest, {input: configuration, reject: false})
  if (exitCode === 0) return {ok: true, text: stdout}
  return {ok: false, ...v.parse(errorShape, JSON.parse(stdout))}
}

export const netnsOf = (container: string) => `/var/run/netns/${container}`

/** Network namespaces of Pods, as containerd makes them, while the work goes on. */
export async function withNetns<T>(node: NodeName, containers: readonly string[], work: () => Promise<T>): Promise<T> {
  for (const container of containers) await on(node, 'ip', 'netns', 'add', container)
  try {
    return await work()
  } finally {
    for (const container of containers) await on(node, 'ip', 'netns', 'delete', container)
  }
}

/** Would a Pod that comes now be wired? */
export async function serves(node: NodeName): Promise<boolean> {
  return (await callCni(node, 'STATUS')).ok
}
