import {readdirSync, statSync} from 'node:fs'
import {join} from 'node:path'
import {setImmediate} from 'node:timers/promises'
import type {Mac} from '../../model/address.ts'
import {dumpLinks, type LinkRow} from './links.ts'
import {type Netlink, openNetlink} from './netlink/requests.ts'
import {inNetns, openNetns} from './netns.ts'

/** Where container runtimes put the network namespaces of Pods. */
const folder = '/var/run/netns'

/** By what openNetns calls their id; a file there that is none has an id, too, which no Pod has. */
export function placesById(): ReadonlyMap<string, string> {
  const places = new Map<string, string>()
  for (const name of namesIn(folder)) {
    const path = join(folder, name)
    const found = statSync(path, {bigint: true, throwIfNoEntry: false})
    if (found !== undefined) places.set(`${found.dev}:${found.ino}`, path)
  }
  return places
}

/** For Pods of upstream's agent, which remembers no namespace. */
export async function placesByMac(paths: readonly string[]): Promise<ReadonlyMap<Mac, readonly string[]>> {
  const byMac = new Map<Mac, string[]>()
  for (const path of paths) {
    for (const {address} of linksIn(path)) {
      if (address !== undefined) byMac.set(address, [...(byMac.get(address) ?? []), path])
    }
    await setImmediate()
  }
  return byMac
}

function linksIn(path: string): readonly LinkRow[] {
  try {
    return within(path, (inside) => dumpLinks(inside))
  } catch {
    return []
  }
}

function namesIn(path: string): readonly string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

/** Acts on the network of the namespace at `path`. */
export function within<T>(path: string, act: (inside: Netlink) => T): T {
  using netns = openNetns(path)
  using inside = inNetns(netns, () => openNetlink('route'))
  return act(inside)
}
