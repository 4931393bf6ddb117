export {followed as configureAgain} from './commit.ts'
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
  type Attaching,
  attachPort,
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
