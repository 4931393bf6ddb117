import {addressAt, type Ip, macFor, parseCidr} from '../../model/address.ts'
import type {KernelRoute} from '../../model/agent-api.ts'
import {AntctlError} from '../../model/errors.ts'
import {names} from '../../model/names.ts'
import type {NodeNetwork, NodeWiring} from '../../model/node-network.ts'
import type {PeerNode} from '../../model/node.ts'
import {type ProbeAddresses, type ProbeForm, probeFormNames} from '../../model/probe.ts'
import {nextHops} from '../../datapath/host/neighbours.ts'
import {underlayOf} from '../../datapath/host/routes.ts'
import {createProbeLink, probeInterface, type ProbeLink} from '../../datapath/machine/probe-link.ts'
import {divertProbes, forgetProbeRoutes} from '../../datapath/machine/probe-routes.ts'
import {observeRoutes} from '../../datapath/machine/routes.ts'
import type {Ovsdb} from '../../datapath/ovsdb/connection.ts'
import {ensurePort, removePort} from '../../datapath/ovsdb/switch.ts'
import type {Reserved} from '../cni/reserve.ts'
import {networkOf} from '../network.ts'
import type {Reconciler} from '../reconcile.ts'
import type {Store} from '../state.ts'
import {type Loop, startLoop} from './thread.ts'

/** What an end of the probes is made from. */
export interface ProbeParts {
  readonly store: Store
  readonly reconciler: Reconciler
  readonly ovsdb: () => Ovsdb | undefined
  readonly reserve: (interfaceName: string, count: number) => Reserved
}

/** To whom an end sends and returns packets, and in which forms. */
export interface EndWish {
  readonly peers: readonly string[]
  readonly forms: readonly ProbeForm[]
}

/** What one session has of this Node's end: it echoes from the beginning, and sends what it is told. */
export interface ProbeEndpoint extends Omit<Loop, 'stop'> {
  readonly addresses: ProbeAddresses
  /** Bytes of the largest IP packet that Pods may send. */
  readonly mtu: number
  /** Bytes of the largest one that the devices would take. */
  readonly deviceMtu: number
}

/** This Node's end while sessions run. */
export interface NodeEnd extends Loop, Pick<ProbeEndpoint, 'addresses' | 'deviceMtu'> {
  podMtu(): number
  aim(wish: EndWish): Promise<void>
}

/** Namespace, port, flows, routes and the thread that answers; all of it ends with the endpoint. */
export async function openNodeEnd(parts: ProbeParts): Promise<NodeEnd> {
  const {store, reconciler} = parts
  const ovsdb = parts.ovsdb()
  if (ovsdb === undefined) throw new AntctlError('OVSDB', 'Open vSwitch is away')
  const {wiring, podMtu} = networkOf(store.now())
  await using undo = new AsyncDisposableStack()
  const {ips} = undo.use(parts.reserve(probeInterface, probeFormNames.length))
  const [live, routed, tunnelled] = ips
  if (live === undefined || routed === undefined || tunnelled === undefined) throw new Error('an address a form')
  const addresses: ProbeAddresses = {live, routed, tunnelled}
  const mac = macFor(live)
  const link = undo.use(await createLink({wiring, podMtu}, addresses))
  undo.defer(() => removePort(ovsdb, names.integrationBridge, probeInterface))
  const {ofport} = await ensurePort(ovsdb, names.integrationBridge, {
    name: probeInterface,
    externalIds: {'antrea-type': 'probe', 'attached-mac': mac, 'ip-address': ips.join(',')},
  })
  const diversion = undo.use(openDiversion(parts, routed))
  undo.defer(async () => {
    store.update({probe: undefined})
    // Without Open vSwitch the next pass takes the flows away.
    await reconciler.request().catch(() => undefined)
  })
  const named = {namespace: '', name: probeInterface, containerId: '', interfaceName: probeInterface}
  const loop = undo.use(startLoop(link.netns, addresses))
  const done = undo.move()
  let aimed = ''
  return {
    ...loop,
    addresses,
    deviceMtu: wiring.transportMtu,
    podMtu: () => networkOf(store.now()).podMtu,
    aim: async (wish) => {
      await diversion.aim(wish)
      const {peers} = wish
      if (JSON.stringify(peers) === aimed) return
      store.update({probe: {...named, ofport, mac, addresses, peers}})
      await reconciler.request()
      aimed = JSON.stringify(peers)
    },
    [Symbol.asyncDispose]: () => done.disposeAsync(),
  }
}

/** Routes of the routed form, only while somebody asks for it. */
function openDiversion({store}: Pick<ProbeParts, 'store'>, from: Ip) {
  let diverted: Disposable | undefined
  let taken: readonly KernelRoute[] = []
  const end = () => {
    diverted?.[Symbol.dispose]()
    diverted = undefined
  }
  return {
    aim: async ({peers, forms}: EndWish) => {
      const network = networkOf(store.now())
      const towards = network.peers.filter(({name}) => forms.includes('routed') && peers.includes(name))
      const ways = towards.length === 0 ? [] : await routedWays(towards, network.wiring)
      if (JSON.stringify(ways) === JSON.stringify(taken)) return
      if (ways.length === 0) end()
      else diverted = divertProbes(from, ways, taken)
      taken = ways
    },
    [Symbol.dispose]: end,
  }
}

/** What a process that was killed during a session left. */
export async function forgetProbes({ovsdb}: Pick<ProbeParts, 'ovsdb'>): Promise<void> {
  forgetProbeRoutes()
  const database = ovsdb()
  if (database !== undefined) await removePort(database, names.integrationBridge, probeInterface)
}

function createLink(
  {wiring, podMtu}: Pick<NodeNetwork, 'wiring' | 'podMtu'>,
  {live, routed, tunnelled}: ProbeAddresses,
): Promise<ProbeLink> {
  const {podCidr, gateway, transportMtu, datapath} = wiring
  return createProbeLink({
    podCidr,
    ips: [live, routed, tunnelled],
    mac: macFor(live),
    gateway: gateway.ip,
    mtu: transportMtu,
    routeMtu: podMtu,
    checksumOffload: datapath === 'system',
  })
}

/** As noEncap would send: to a neighbour at once, to others by the Node's own routes, ours left out. */
async function routedWays(peers: readonly PeerNode[], {transportDevice}: NodeWiring): Promise<readonly KernelRoute[]> {
  const underlay = underlayOf(await observeRoutes())
  return peers.flatMap(({podCidr, transportIp, sameSubnet}): readonly KernelRoute[] => {
    if (sameSubnet) return [{to: podCidr, via: transportIp, dev: transportDevice}]
    const target = addressAt(parseCidr(podCidr), 1)
    return nextHops([target], underlay).map(({ip, dev}) => ({to: podCidr, dev, ...(ip !== target && {via: ip})}))
  })
}
