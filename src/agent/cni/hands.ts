import {lstatSync} from 'node:fs'
import {sentenceOf} from '../../model/errors.ts'
import {announceAddress} from '../../datapath/machine/announce.ts'
import {observeLinks} from '../../datapath/machine/links.ts'
import {type Netns, openNetns} from '../../datapath/machine/netns.ts'
import {
  createPodLink,
  observePodEnd,
  observePodLinks,
  putPodRoute,
  removePodLink,
} from '../../datapath/machine/pod-link.ts'
import {CniError} from './error.ts'
import type {PodHands} from './plant.ts'

/** This Node's kernel. */
export const podHands: PodHands = {
  openNetns: openPodNetns,
  createPodLink,
  putPodRoute,
  removePodLink,
  announcePod: async ({netns, ifName}, {ips, mac}) => {
    for (const ip of ips) await announceAddress(netns, ifName, {ip, mac})
  },
  observePodLinks,
  observeLinks,
  observePodEnd,
}

/** The runtime makes a file of its own for each Pod: a link there leads to somebody else's namespace. */
function openPodNetns(path: string): Netns {
  try {
    if (lstatSync(path).isSymbolicLink()) throw new Error(`${path} is a symbolic link`)
    return openNetns(path)
  } catch (error) {
    throw new CniError(4, `CNI_NETNS is not a Pod's network namespace: ${sentenceOf(error)}`, {cause: error})
  }
}
