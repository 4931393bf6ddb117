import type {Ip} from '../../model/address.ts'
import type {NodeWiring} from '../../model/node-network.ts'
import type {Link} from '../../datapath/machine/links.ts'
import type {Netns} from '../../datapath/machine/netns.ts'
import type {PodEnd, PodLink} from '../../datapath/machine/pod-link.ts'
import type {Attaching, SwitchPort} from '../../datapath/ovsdb/switch.ts'
import type {WiredPod} from './pods.ts'
import type {AttachmentRequest} from './request.ts'

/** What wiring a Pod needs of the rest of the agent, as it is at this moment. */
export interface Plant {
  /** undefined while ovsdb-server is away. All that DEL needs. */
  readonly ports: PodPorts | undefined
  /** Why no Pod can be added now. */
  readonly trouble: Trouble | undefined
  /** Known at the latest when there is no trouble. */
  readonly wiring: NodeWiring | undefined
  /** Bytes that Pods may send at the moment of the call; known as the wiring is. */
  podMtu(): number | undefined
  /** Makes flows and guards follow the Pods of OVSDB and of the desk; resolves when they are in force. */
  settle(desk: Pick<Desk, 'coming' | 'leaving'>): Promise<void>
  /** Resolves when the switch is about to put new flows in force, whosever; undefined while it is away. */
  nextFlows(): Promise<void> | undefined
  /** Tells people what could not be told to the caller. */
  warn(error: unknown, sentence: string): void
  /** How many of the Pod's flows the switch does not hold. */
  missingFlows(pod: WiredPod): Promise<number>
}

export interface Trouble {
  readonly sentence: string
  /** Pods that are wired already may be cut off as well. */
  readonly reachesWired: boolean
}

/** br-int's ports in OVSDB, the one memory of which Pod has which address. */
export interface PodPorts {
  /** Every port of br-int, from our copy. */
  all(): readonly SwitchPort[]
  /** The address given last on this Node, by whichever process. */
  lastGiven(): Ip | undefined
  /** With the wanted number where that is free. */
  attach(pod: Omit<WiredPod, 'ofport'>, wantedOfport: number | undefined): Attaching
  /** Lets Open vSwitch try again to open the devices that it could not open. */
  tryAgain(): Promise<void>
  /** One transaction for all; resolves when the database has it, which ovs-vswitchd then follows by itself. */
  detach(names: readonly string[]): Promise<void>
}

/** The kernel's side of a Pod. */
export interface PodHands {
  /** Throws CniError 4 for what is no network namespace, and for the Node's own. */
  openNetns(path: string): Pick<Netns, 'path' | 'id'> & Disposable
  /** Calls back as soon as the host end is there. */
  createPodLink(link: PodLink, onDevice: () => void): Promise<void>
  /** Makes the Pod's route as `link` says. */
  putPodRoute(link: PodLink): Promise<void>
  /** One that is gone already is no error. */
  removePodLink(hostName: string): Promise<void>
  /** A gratuitous ARP from the Pod's own end. */
  announcePod(request: Pick<AttachmentRequest, 'netns' | 'ifName'>, pod: Pick<WiredPod, 'ips' | 'mac'>): Promise<void>
  /** Host ends that createPodLink made. */
  observePodLinks(): Promise<readonly string[]>
  observeLinks(): Promise<readonly Pick<Link, 'name' | 'up'>[]>
  /** The Pod's own end; undefined where the namespace has no such interface. */
  observePodEnd(netns: string, ifName: string): Promise<PodEnd | undefined>
}

/** What is under way in this process and stands nowhere else. */
export interface Desk {
  /** Host ends and addresses of ADDs that have not ended yet. */
  readonly adding: Map<string, Ip>
  /** By their host ends: Pods whose flows come before their ports do. */
  readonly coming: Map<string, WiredPod>
  /** Host ends whose flows go before their ports do. */
  readonly leaving: Set<string>
  last: Ip | undefined
}

export function openDesk(): Desk {
  return {adding: new Map(), coming: new Map(), leaving: new Set(), last: undefined}
}
