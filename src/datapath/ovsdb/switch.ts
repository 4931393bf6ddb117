/** What the rest of the agent asks of OVSDB: bridges and ports by name. */
export {
  bridgeDiffers,
  bridgeExternalIds,
  bridgeNames,
  type BridgeSettings,
  ensureBridge,
  openvSwitchConfig,
  openvSwitchVersion,
  removeBridge,
  setBridgeConfig,
  setOpenvSwitchConfig,
} from './bridges.ts'
export {
  bridgeOfPort,
  dropPorts,
  ensurePort,
  portDiffers,
  portsOf,
  type PortSettings,
  removePort,
  removePorts,
  type SwitchPort,
} from './ports.ts'
