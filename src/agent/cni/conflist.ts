import {names} from '../../model/names.ts'
import type {NodeWiring} from '../../model/node-network.ts'

/** Chained after ours, under names of our own: a Node's older portmap may not know the version that we choose. */
const chained = {
  portmap: {type: 'antrea-portmap', capabilities: {portMappings: true}},
  bandwidth: {type: 'antrea-bandwidth', capabilities: {bandwidth: true}},
} as const

/** What the image carries in one folder, and what an uninstall takes away. */
export const shippedPrograms = [names.cniProgram, ...Object.values(chained).map(({type}) => type)]

/**
 * The list of plugins that the container runtime runs. Runtimes that know 1.1.0 (containerd 2) choose it from cniVersions
 * and so get STATUS and GC; older ones (containerd 1.6) do not read that key and take 1.0.0. A userspace datapath takes a
 * Pod's packets before the kernel could hold them back, so there no bandwidth is limited, and nobody is promised it.
 */
export function conflistOf({datapath}: Pick<NodeWiring, 'datapath'>): object {
  return {
    cniVersion: '1.0.0',
    cniVersions: ['1.0.0', '1.1.0'],
    name: 'antrea',
    plugins: [{type: names.cniProgram}, chained.portmap, ...(datapath === 'system' ? [chained.bandwidth] : [])],
  }
}
