import type {Bench} from './add.ts'
import {unplug} from './del.ts'
import {podsAmong, type WiredPod} from './pods.ts'

/** What was swept, by the name of the host end. */
export interface Swept {
  readonly ports: readonly string[]
  readonly links: readonly string[]
}

/**
 * Ends what was left half done: ports whose device went with its namespace while nobody was there to be told (a power cut,
 * a DEL without ovsdb-server), links of ours that never got a port (an ADD that a crash cut off), and ports whose device
 * Open vSwitch could not open.
 */
export async function sweep(bench: Bench): Promise<Swept> {
  const {plant, hands, desk} = bench
  if (plant.ports === undefined) return {ports: [], links: []}
  // Each pair in the order that lets an ADD, which makes the link first, end in between.
  const pods = podsAmong(plant.ports.all())
  const devices = new Set((await hands.observeLinks()).map(({name}) => name))
  const settled = pods.filter(({interfaceName}) => !desk.adding.has(interfaceName))
  const orphans = settled.map(({interfaceName}) => interfaceName).filter((name) => !devices.has(name))
  if (orphans.length > 0) await unplug(orphans, bench)
  const links = await hands.observePodLinks()
  const known = new Set(plant.ports.all().map(({name}) => name))
  const strays = links.filter((name) => !known.has(name) && !desk.adding.has(name))
  for (const stray of strays) await hands.removePodLink(stray)
  const isBroken = ({interfaceName, ofport}: WiredPod) => ofport <= 0 && devices.has(interfaceName)
  if (settled.some(isBroken)) await plant.ports.tryAgain()
  return {ports: orphans, links: strays}
}
