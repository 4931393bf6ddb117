/** What the rest of the agent asks of OVSDB: bridges and ports by name. */
export {
  bridgeNames,
  ensureBridge,
  openvSwitchVersion,
  removeBridge,
  setBridgeConfig,
  setOpenvSwitchConfig,
} from './bridges.ts'
export {dropPort, ensurePort, portsOf, removePort, removePorts, type SwitchPort} from './ports.ts'
