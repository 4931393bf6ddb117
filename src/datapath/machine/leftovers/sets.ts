import {setTimeout as sleep} from 'node:timers/promises'
import {sentenceOf} from '../../../model/errors.ts'
import {KernelRefusal} from '../system-calls.ts'
import {body} from '../netlink/codec.ts'
import {be16, be32, text, u8} from '../netlink/kinds.ts'
import {kernel} from '../netlink/kernel.ts'
import type {Swept} from './remove.ts'

/** linux/netfilter/nfnetlink.h, NFNL_SUBSYS_IPSET; linux/netfilter/ipset/ip_set.h, IPSET_CMD_… */
const subsystem = 6 << 8
const commands = {destroy: subsystem | 3, list: subsystem | 7}
/** Kernels since 4.20 speak 7, and take 6. */
const protocol = 6
/** IPSET_FLAG_LIST_SETNAME: without the elements. */
const namesOnly = 2
/** IPSET_ERR_BUSY: some rule points to it. */
const inUse = 'error 4100'

/** struct nfgenmsg, then IPSET_ATTR_… */
const set = body(
  'ip set',
  {family: u8, version: u8, resource: be16},
  {protocol: [1, u8], name: [2, text], flags: [6, be32]},
)

/** All that upstream makes (pkg/agent/route, pkg/agent/controller/networkpolicy/node_reconciler_linux.go). */
const upstreams = /^(?:(?:ANTREA-(?:POD|NODEPORT|EXTERNAL)|CLUSTER-NODE|LOCAL-FLEXIBLE-IPAM-POD)-IP6?|ANTREA-POL-.+)$/u

/** A rule that is just deleted holds its set for some milliseconds more. */
const attempts = 5
const pause = 50

export async function removeSets(): Promise<Swept> {
  let busy: readonly string[] = setNames().filter((name) => upstreams.test(name))
  const [removed, left]: [string[], string[]] = [[], []]
  for (let attempt = 1; busy.length > 0 && attempt <= attempts; attempt++) {
    if (attempt > 1) await sleep(pause)
    const outcomes = busy.map((name) => ({name, outcome: destroy(name)}))
    removed.push(...outcomes.flatMap(({name, outcome}) => (outcome === 'gone' ? [`set ${name}`] : [])))
    left.push(...outcomes.flatMap(({outcome}) => (typeof outcome === 'string' ? [] : [sentenceOf(outcome)])))
    busy = outcomes.flatMap(({name, outcome}) => (outcome === 'busy' ? [name] : []))
  }
  return {removed, left: [...left, ...busy.map((name) => `set ${name}: a rule of somebody else points to it`)]}
}

function destroy(name: string): 'gone' | 'busy' | KernelRefusal {
  try {
    const request = {type: commands.destroy, body: set.encode({protocol, name}), what: `set ${name}`}
    kernel('netfilter').perform([{...request, ignores: ['ENOENT']}])
    return 'gone'
  } catch (error) {
    if (!(error instanceof KernelRefusal)) throw error
    return error.message.includes(inUse) ? 'busy' : error
  }
}

/** None in a kernel without sets (EINVAL: nobody knows the subsystem). */
function setNames(): readonly string[] {
  const request = {type: commands.list, body: set.encode({protocol, flags: namesOnly}), what: 'sets'}
  const rows = kernel('netfilter').dump({...request, ignores: ['EINVAL', 'ENOENT', 'EOPNOTSUPP']})
  return rows.map((row) => set.decode(row.body).name ?? '')
}
