import type {Ovsdb} from '../../datapath/ovsdb/connection.ts'
import {bridgeOfPort, ensureBridge, ensurePort, portDiffers, removePort} from '../../datapath/ovsdb/switch.ts'
import type {WantedBridge} from './wanted.ts'

/** Makes, finds or corrects the bridge and its own ports; writes nothing where all is as it should be. */
export async function putBridge(ovsdb: Ovsdb, {bridge, ports}: WantedBridge): Promise<void> {
  await ensureBridge(ovsdb, bridge)
  for (const port of ports) {
    const home = bridgeOfPort(ovsdb, port.name)
    // Somebody put it elsewhere, or its ofport went to another.
    if (home !== undefined && home !== bridge.name) await removePort(ovsdb, home, port.name)
    else await ensurePort(ovsdb, bridge.name, port)
    if (!portDiffers(ovsdb, bridge.name, port)) continue
    await removePort(ovsdb, bridge.name, port.name)
    await ensurePort(ovsdb, bridge.name, port)
  }
}
