import {rm} from 'node:fs/promises'
import {join} from 'node:path'
import {names} from '../model/names.ts'
import {nftTable} from '../datapath/host/nft.ts'
import {isOurs} from '../datapath/host/routes.ts'
import {observeLinks} from '../datapath/machine/links.ts'
import {removeNftTables} from '../datapath/machine/nft.ts'
import {observePodLinks, removePodLink} from '../datapath/machine/pod-link.ts'
import {forgetProbeRoutes} from '../datapath/machine/probe-routes.ts'
import {observeRules, removeRules} from '../datapath/machine/route-rules.ts'
import {observeAllRoutes, removeRoutes} from '../datapath/machine/routes.ts'
import {recallMove, forgetMove, moveAddresses} from '../datapath/machine/transport.ts'
import {connectOvsdb} from '../datapath/ovsdb/connection.ts'
import {bridgeNames, removeBridge} from '../datapath/ovsdb/switch.ts'
import {type CniPlaces, uninstallCni} from './cni/install.ts'

const patience = 3_000
/** Enough for ovs-vswitchd to follow the database, if it is alive; it stops next anyway. */
const following = 300

/**
 * Gives the transport NIC its addresses and routes back and takes br-phy away; nothing happens where nothing was moved.
 * Works with and without Open vSwitch: it runs when Open vSwitch stops, and again at an uninstall.
 */
export async function restoreTransportOfNode(ovsRunDir: string): Promise<void> {
  const move = await recallMove()
  if (move === undefined) return
  await removeNftTables([`netdev ${nftTable}`])
  await moveAddresses({from: names.physicalBridge, to: move.nic, remembered: move})
  await removeBridges(ovsRunDir, [names.physicalBridge])
  await removeLinks([names.physicalBridge])
  await forgetMove()
}

export interface UninstallPlaces extends CniPlaces {
  readonly ovsRunDir: string
  readonly checkpoint: string
  readonly compileCache: string
}

/** Leaves nothing of ours on this Node; to be run when the DaemonSet is gone. Each step is harmless when done before. */
export async function uninstall({ovsRunDir, checkpoint, compileCache, ...cni}: UninstallPlaces): Promise<void> {
  await uninstallCni(cni)
  await removeRules(await observeRules())
  await removeRoutes((await observeAllRoutes()).filter(isOurs))
  forgetProbeRoutes()
  await restoreTransportOfNode(ovsRunDir)
  await removeBridges(ovsRunDir, [names.integrationBridge])
  await removeLinks(await observePodLinks())
  await removeLinks([names.gatewayPort, names.integrationBridge, 'ovs-netdev'])
  await removeNftTables([`inet ${nftTable}`, `netdev ${nftTable}`])
  await rm(names.cniSocket, {force: true})
  await rm(checkpoint, {force: true})
  await rm(compileCache, {recursive: true, force: true})
  await rm(join(ovsRunDir, 'conf.db'), {force: true})
}

async function removeBridges(ovsRunDir: string, bridges: readonly string[]): Promise<void> {
  const signal = AbortSignal.timeout(patience)
  try {
    using ovsdb = await connectOvsdb(join(ovsRunDir, 'db.sock'), {signal})
    const present = bridgeNames(ovsdb)
    for (const bridge of bridges.filter((name) => present.includes(name))) {
      await Promise.race([removeBridge(ovsdb, bridge), late()])
    }
  } catch {
    // Open vSwitch is gone already: then only devices may be left, which come next.
  }
}

function late(): Promise<void> {
  const {promise, resolve} = Promise.withResolvers<void>()
  setTimeout(resolve, following).unref()
  return promise
}

/** Taps of userspace bridges outlive ovs-vswitchd. */
async function removeLinks(devices: readonly string[]): Promise<void> {
  const present = new Set((await observeLinks()).map(({name}) => name))
  for (const device of devices.filter((name) => present.has(name))) await removePodLink(device)
}
