/** How packets of one Node's Pods reach another's, as a person reads it in a matrix: letter and shape say what colour says. */
export const pathKinds = {
  local: {letter: 'L', shape: '·', says: 'on the Node itself'},
  routed: {letter: 'R', shape: '─', says: 'straight to the Node, without a tunnel'},
  tunnelled: {letter: 'T', shape: '═', says: 'through the tunnel'},
  fabric: {letter: 'F', shape: '╌', says: 'without a tunnel, by a router that must know the way'},
  broken: {letter: 'X', shape: '✗', says: 'does not lead there'},
  unknown: {letter: '?', shape: '?', says: 'cannot be told'},
} as const
export type PathKind = keyof typeof pathKinds
export const pathKindNames: readonly PathKind[] = Object.keys(pathKinds).filter(isPathKind)

export function isPathKind(name: string): name is PathKind {
  return Object.hasOwn(pathKinds, name)
}

/** Where one may know a path from: what should be, what the Nodes hold, what happens. */
export const pathSources = ['predicted', 'installed', 'observed'] as const
export type PathSource = (typeof pathSources)[number]

/** What is odd about a pair. */
export const pathFaults = {
  broken: 'packets do not get there',
  disagreement: 'what is predicted, installed and observed is not the same',
  asymmetry: 'packets go one way and come back another',
  mask: 'the masks of both ends do not fit each other',
  mtu: 'packets of full size do not fit',
} as const
export type PathFaultKind = keyof typeof pathFaults

export interface PathFault {
  readonly kind: PathFaultKind
  readonly sentence: string
  readonly remedy?: string
}

/** One direction of one pair, of one family. */
export interface PathRow {
  readonly from: string
  readonly to: string
  readonly family: 4 | 6
  readonly podCidr: string
  /** By modes, addresses and masks alone. */
  readonly predicted: PathKind
  /** By flow and kernel route; absent: the agents were not asked. */
  readonly installed?: PathKind
  /** By the agents' probes; absent: they were not asked to send any. */
  readonly observed?: PathKind
  /** What says so. */
  readonly why: string
  readonly faults: readonly PathFault[]
}
