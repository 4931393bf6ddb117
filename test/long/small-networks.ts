import type {TopologyName} from '../../lab/topologies.ts'

export interface SmallNetwork {
  readonly name: TopologyName
  readonly mode: 'encap' | 'hybrid'
  /** "n1 n2": what trace-packet says of that way. */
  readonly ways: Readonly<Record<string, 'routed' | 'tunnelled' | 'asymmetric' | 'lost'>>
  /** Whether probes of this form come back, on every pair. */
  readonly forms: {readonly live: boolean; readonly routed: boolean; readonly tunnelled: boolean}
  readonly mtu?: number
}

/** What each small network is there to show. */
export const smallNetworks: readonly SmallNetwork[] = [
  {name: 'one-subnet', mode: 'hybrid', ways: {'n1 n2': 'routed'}, forms: {live: true, routed: true, tunnelled: true}},
  {
    name: 'three-subnets',
    mode: 'hybrid',
    ways: {'n1 n2': 'tunnelled', 'n1 n3': 'tunnelled'},
    forms: {live: true, routed: false, tunnelled: true},
  },
  {
    name: 'host-masks',
    mode: 'hybrid',
    ways: {'n1 n2': 'tunnelled', 'n2 n1': 'tunnelled'},
    forms: {live: true, routed: false, tunnelled: true},
  },
  {
    name: 'unequal-masks',
    mode: 'hybrid',
    ways: {'n1 n2': 'asymmetric', 'n2 n1': 'asymmetric'},
    forms: {live: true, routed: false, tunnelled: true},
  },
  {
    name: 'address-check',
    mode: 'hybrid',
    ways: {'n1 n2': 'lost'},
    forms: {live: false, routed: false, tunnelled: true},
  },
  {
    name: 'mtu-1400',
    mode: 'encap',
    ways: {'n1 n2': 'tunnelled'},
    forms: {live: true, routed: true, tunnelled: true},
    mtu: 1350,
  },
  {
    name: 'mtu-9000',
    mode: 'encap',
    ways: {'n1 n2': 'tunnelled'},
    forms: {live: true, routed: true, tunnelled: true},
    mtu: 8950,
  },
]
