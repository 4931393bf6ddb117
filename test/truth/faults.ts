import {setTimeout as sleep} from 'node:timers/promises'
import {cutLink, healLink} from '../../lab/links.ts'
import {run} from '../../lab/machines.ts'
import {currentTopology} from '../../lab/state.ts'
import {nodeNamed} from '../../lab/topologies.ts'
import type {TraceVerdict} from '../../src/model/trace.ts'
import {tableId} from '../../src/datapath/pipeline/tables.ts'
import {runDir} from '../long/switch-state.ts'
import type {Mode, TruthCase} from './cases.ts'

export const faultKinds = [
  'dropping flow',
  'black hole',
  'router without route',
  'wrong neighbour',
  'narrow link',
  'pulled cable',
  'cut pair',
  'dropped on the wire',
] as const
export type FaultKind = (typeof faultKinds)[number]

export interface Place {
  readonly mode: Mode
  readonly isFar: boolean
  readonly crosses: boolean
  readonly from: TruthCase['from']
  readonly isService: boolean
}

export interface Fault {
  readonly kind: FaultKind
  /** Where it would stop something, or should be seen not to. */
  readonly fits: (place: Place) => boolean
  /** What trace-packet may call it where the packet does not get through. */
  readonly verdicts: readonly TraceVerdict[]
  readonly plant: (ends: Ends) => Promise<Planted>
}

/** There until it is disposed of. */
export interface Planted extends AsyncDisposable {
  /** Sees to it that nobody mends it until what it gives is disposed of; no agent can be asked meanwhile. */
  readonly hold?: () => Promise<AsyncDisposable>
  /** Has it been there without a break since then, by performance.now()? */
  readonly stood?: (since: number) => Promise<boolean>
}

/** From the Node that sends to the Node that gets it, in the words of the lab. */
export interface Ends {
  readonly from: string
  readonly to: string
  readonly podCidr: string
  readonly mode: Mode
}

const crossing = ({crosses}: Place) => crosses
const isRouted = ({mode, isFar}: Place) => mode === 'noEncap' || (mode === 'hybrid' && !isFar)

/** None that the agents mend at once, or one that is planted again faster than they do. */
export const faults: readonly Fault[] = [
  {
    kind: 'dropping flow',
    fits: ({crosses, from, isService}) => crosses && 'pod' in from && !isService,
    verdicts: ['dropped'],
    plant: ({from, podCidr}) => plantFlow(from, podCidr),
  },
  {
    kind: 'black hole',
    // Also where Pods are tunnelled past it.
    fits: crossing,
    verdicts: ['no-route'],
    plant: async ({from, podCidr}) => {
      const half = podCidr.replace('/24', '/25')
      await run(from, ['ip', 'route', 'add', 'blackhole', half])
      return undo(() => run(from, ['ip', 'route', 'del', 'blackhole', half]))
    },
  },
  {
    kind: 'router without route',
    fits: ({mode, isFar}) => mode === 'noEncap' && isFar,
    verdicts: ['no-route', 'lost'],
    plant: async ({podCidr, to}) => {
      const {transport} = nodeNamed(currentTopology(), to)
      await run('router', ['ip', 'route', 'del', podCidr])
      return undo(() => run('router', ['ip', 'route', 'replace', podCidr, 'via', transport.ip]))
    },
  },
  {
    kind: 'wrong neighbour',
    fits: (place) => place.crosses && !place.isFar && isRouted(place),
    verdicts: ['wrong-neighbour'],
    plant: async ({from, to}) => {
      const {transport} = nodeNamed(currentTopology(), to)
      await run(from, [
        'ip',
        'neigh',
        'replace',
        transport.ip,
        'lladdr',
        '02:00:00:00:00:99',
        'dev',
        'br-phy',
        'nud',
        'permanent',
      ])
      return undo(() => run(from, ['ip', 'neigh', 'del', transport.ip, 'dev', 'br-phy']))
    },
  },
  {
    kind: 'narrow link',
    fits: crossing,
    verdicts: ['mtu'],
    plant: async ({to}) => {
      const {transport} = nodeNamed(currentTopology(), to)
      await run('router', ['ip', 'link', 'set', transport.port, 'mtu', '1300'])
      return undo(() => run('router', ['ip', 'link', 'set', transport.port, 'mtu', '1500']))
    },
  },
  {
    kind: 'pulled cable',
    fits: crossing,
    verdicts: ['link-down', 'wrong-neighbour'],
    plant: async ({to}) => {
      const node = nodeNamed(currentTopology(), to)
      await cutLink([node])
      return undo(async () => {
        await healLink([node])
        await sleep(500)
      })
    },
  },
  {
    kind: 'cut pair',
    fits: crossing,
    verdicts: ['lost', 'wrong-neighbour'],
    plant: async ({from, to}) => {
      const link = [nodeNamed(currentTopology(), from), nodeNamed(currentTopology(), to)] as const
      await cutLink(link)
      return undo(() => healLink(link))
    },
  },
  {
    kind: 'dropped on the wire',
    // What a cloud does to addresses of Pods, which a tunnel hides from it.
    fits: crossing,
    verdicts: ['lost'],
    plant: async ({from, podCidr}) => {
      const {transport} = nodeNamed(currentTopology(), from)
      const rules = [
        'table bridge truth {',
        'chain wire { type filter hook prerouting priority -300; policy accept;',
        `iifname "${transport.port}" ip daddr ${podCidr} counter drop`,
        '}',
        '}',
      ]
      await run('router', ['nft', '-f', '-'], {input: rules.join('\n')})
      return undo(() => run('router', ['nft', 'delete', 'table', 'bridge', 'truth']))
    },
  },
]

function undo(work: () => Promise<unknown>): AsyncDisposable {
  return {
    [Symbol.asyncDispose]: async () => {
      await work()
    },
  }
}

/** The agent takes it away, the more slowly the more often it comes back. */
async function plantFlow(node: string, podCidr: string): Promise<Planted> {
  const bridge = `unix:${runDir}/br-int.mgmt`
  const ofctl = (...words: readonly string[]) => run(node, ['ovs-ofctl', '-O', 'OpenFlow15', ...words])
  const flow = `cookie=0xbad,table=${tableId('L3Forwarding')},priority=300,ip,nw_dst=${podCidr},actions=drop`
  const age = async () => {
    const seconds = /duration=([\d.]+)s/u.exec(await ofctl('dump-flows', bridge, 'cookie=0xbad/-1'))?.[1]
    return seconds === undefined ? undefined : Number(seconds) * 1_000
  }
  const stop = new AbortController()
  const again = (async () => {
    while (!stop.signal.aborted) {
      if ((await age()) === undefined) await ofctl('add-flow', bridge, flow)
      await sleep(20)
    }
  })()
  const agent = (signal: string) => run(node, ['pkill', `-${signal}`, '-f', 'antrea-agent[.]mjs'])
  return {
    hold: async () => {
      await agent('STOP')
      while ((await age()) === undefined) await sleep(20)
      return undo(() => agent('CONT'))
    },
    stood: async (since) => {
      const old = (await age()) ?? 0
      // Its age is of some time before now: what asking took must not count for it.
      return old > performance.now() - since
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await again
      await ofctl('del-flows', bridge, 'cookie=0xbad/-1')
    },
  }
}
