import {names, ofports} from '../../model/names.ts'
import {isTunnelType, tunnelPortOf, tunnelTypeNames, type TunnelEnd} from '../../model/tunnel.ts'
import type {PortSettings, SwitchPort} from '../../datapath/ovsdb/switch.ts'

/** Where ends may be: the first, and beside it or in its place the second. */
export const tunnelPlaces = [
  {name: names.tunnelPort, ofport: ofports.tunnel},
  {name: names.secondTunnelPort, ofport: ofports.secondTunnel},
] as const

/** The end as a port of br-int; no key and no address of its own: flows say where each packet goes. */
export function tunnelPort({name, ofport, type, port, csum}: TunnelEnd): PortSettings {
  const standard = tunnelPortOf(type, 0)
  return {
    name,
    type,
    ofportRequest: ofport,
    options: {
      key: 'flow',
      remote_ip: 'flow',
      ...(csum && {csum: 'true'}),
      ...(port !== undefined && port !== standard && {dst_port: String(port)}),
    },
    externalIds: {'antrea-type': 'tunnel'},
  }
}

/** The ends among br-int's ports: those of ours, and of the same kind that upstream's agent left. */
export function tunnelEnds(ports: readonly SwitchPort[]): readonly TunnelEnd[] {
  return ports.filter(isEnd).flatMap(({name, type, options}) => {
    const place = tunnelPlaces.find((place) => place.name === name)
    if (place === undefined || !isTunnelType(type)) return []
    const port = tunnelPortOf(type, Number(options['dst_port'] ?? 0))
    return [{...place, type, port, csum: options['csum'] === 'true'}]
  })
}

/** Tunnels of earlier versions or of upstream's encryption: a port for each peer, which our flows never send to. */
export function strayTunnels(ports: readonly SwitchPort[], ends: readonly TunnelEnd[]): readonly string[] {
  const kept = new Set(ends.map(({name}) => name))
  return ports.filter(({name, type}) => isTunnel(type) && !kept.has(name)).map(({name}) => name)
}

/** One that receives: for any peer, at any address of the Node. */
function isEnd({ofport, options}: SwitchPort): boolean {
  return ofport > 0 && options['remote_ip'] === 'flow' && options['local_ip'] === undefined
}

function isTunnel(type: string): boolean {
  return type === 'stt' || tunnelTypeNames.some((name) => name === type)
}
