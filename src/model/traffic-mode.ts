import {AntctlError} from './errors.ts'

/** Antrea's trafficEncapMode values. Source: upstream docs/noencap-hybrid-modes.md. */
export const trafficModes = {
  encap: {tunnels: 'always', summary: 'every Pod packet between Nodes is tunnelled'},
  hybrid: {tunnels: 'across-subnets', summary: 'tunnel only between Nodes of different subnets'},
  noEncap: {tunnels: 'never', summary: 'the underlay routes Pod addresses'},
} as const
export type TrafficMode = keyof typeof trafficModes

export const trafficModeNames = Object.keys(trafficModes).filter(isTrafficMode)

/** Case does not matter, as upstream. */
export function parseTrafficMode(text: string): TrafficMode {
  const mode = trafficModeNames.find((name) => name.toLowerCase() === text.toLowerCase())
  if (mode !== undefined) return mode
  throw new AntctlError('MODE_UNKNOWN', `${JSON.stringify(text)} is not a traffic mode`, {
    remedy: [`use one of ${trafficModeNames.join(', ')}`],
  })
}

/** Does a packet to a peer leave through the tunnel port? */
export function needsTunnel(mode: TrafficMode, peer: {readonly sameSubnet: boolean}): boolean {
  const {tunnels} = trafficModes[mode]
  switch (tunnels) {
    case 'always':
      return true
    case 'across-subnets':
      return !peer.sameSubnet
    case 'never':
      return false
  }
}

export function isTrafficMode(name: string): name is TrafficMode {
  return Object.hasOwn(trafficModes, name)
}
