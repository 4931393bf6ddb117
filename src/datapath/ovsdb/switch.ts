/** What the rest of the agent asks of OVSDB: bridges and ports by name. */
export {
  bridgeExternalIds,
  bridgeNames,
  ensureBridge,
  openvSwitchVersion,
  removeBridge,
  setBridgeConfig,
  setOpenvSwitchConfig,
} from './bridges.ts'
export {dropPorts, ensurePort, portsOf, removePort, removePorts, type SwitchPort} from './ports.ts'
