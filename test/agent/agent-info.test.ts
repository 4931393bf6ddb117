import {expect, test} from 'vitest'
import {describeAgent} from '../../src/agent/report/agent-info.ts'
import type {AgentState} from '../../src/agent/state.ts'
import {parseInterfaceAddress} from '../../src/model/address.ts'
import {effectiveConfig} from '../../src/model/agent-config.ts'
import {exampleNetwork} from '../pipeline/example.ts'

const loaded = {hash: '0123456789ab', ...effectiveConfig({text: 'trafficEncapMode: hybrid'})}
const well: AgentState = {
  loaded,
  applied: loaded,
  started: loaded,
  configTrouble: undefined,
  coming: [],
  pods: [],
  ovsdbTrouble: undefined,
  openflowTrouble: undefined,
  dataplaneTrouble: undefined,
  flowTable: {Output: 2},
}
const identity = {node: 'n1', pod: {kind: 'Pod', namespace: 'kube-system', name: 'antrea-agent-x'}} as const
const describe = (state: AgentState) =>
  describeAgent(state, {identity, apiPort: 10_350, authority: 'PEM', now: new Date('2026-01-02T03:04:05.678Z')})

test('a healthy agent', () => {
  const info = describe(well)
  expect(info).toMatchObject({
    metadata: {name: 'n1'},
    apiCABundle: Buffer.from('PEM').toString('base64'),
    networkInfo: {trafficEncapMode: 'hybrid', tunnelType: 'geneve', noSNAT: false},
    config: {hash: '0123456789ab', source: 'configmap/antrea-config'},
  })
  expect(statusOf(info.agentConditions)).toEqual({
    AgentHealthy: 'True',
    ControllerConnectionUp: 'Unknown',
    OVSDBConnectionUp: 'True',
    OpenflowConnectionUp: 'True',
    ConfigValid: 'True',
    DataplaneReady: 'True',
    FeatureNotAvailable: 'True',
  })
  expect(info.agentConditions[0]?.lastHeartbeatTime).toBe('2026-01-02T03:04:05Z')
})

test('what is in force is told value by value, with who set it, beside the tunnels and the MTU', () => {
  const text = 'trafficEncapMode: hybrid\ntransportInterfaceCIDRs: [172.30.1.0/24, 172.30.2.0/24]\n'
  const nodeConfig = {name: 'n1', agent: {defaultMTU: 1400}}
  const applied = {hash: 'x', ...effectiveConfig({text, nodeConfig})}
  const {config, networkInfo} = describe({...well, applied, wiring: exampleNetwork().wiring})
  expect(config).toMatchObject({
    valuesHash: applied.valuesHash,
    values: {
      trafficEncapMode: 'hybrid',
      noSNAT: false,
      tunnelType: 'geneve',
      defaultMTU: 1400,
      transportInterfaceCIDRs: '172.30.1.0/24,172.30.2.0/24',
    },
    sources: {
      trafficEncapMode: 'configmap/antrea-config',
      transportInterfaceCIDRs: 'configmap/antrea-config',
      defaultMTU: 'antreanodeconfig/n1',
    },
  })
  expect(config?.sources).not.toHaveProperty('noSNAT')
  expect(networkInfo).toMatchObject({podMTU: 1400, tunnels: ['geneve:6081']})
})

test('a configuration that was refused leaves the mode that runs', () => {
  const info = describe({...well, configTrouble: '"warp" is not a traffic mode'})
  expect(info.networkInfo.trafficEncapMode).toBe('hybrid')
  expect(info.agentConditions.find(({type}) => type === 'ConfigValid')).toMatchObject({
    status: 'False',
    reason: 'Refused',
    message: '"warp" is not a traffic mode',
  })
})

test('a key that is read at start says so', () => {
  const changed = {hash: 'x', ...effectiveConfig({text: 'trafficEncapMode: hybrid\ntransportInterface: eth9'})}
  const {agentConditions} = describe({...well, loaded: changed})
  expect(agentConditions.find(({type}) => type === 'ConfigValid')).toMatchObject({
    status: 'True',
    message: "transportInterface changed: in force after the agent's next start",
  })
})

test('an old spelling is told beside a valid configuration', () => {
  const old = {hash: 'x', ...effectiveConfig({text: 'flowExporter: {idleFlowTimeout: 20s}'})}
  const {agentConditions} = describe({...well, loaded: old, started: old})
  expect(agentConditions.find(({type}) => type === 'ConfigValid')).toMatchObject({
    status: 'True',
    message: 'antrea-agent.conf, line 1: flowExporter.idleFlowTimeout is read as flowExporter.idleFlowExportTimeout',
  })
})

test.each([
  ['hybrid', '172.30.1.9/32', '172.30.1.9/32 has no neighbours: give the interface the prefix of its subnet'],
  ['noEncap', '172.30.1.9/32', '172.30.1.9/32 has no neighbours'],
  ['encap', '172.30.1.9/32', undefined],
  ['hybrid', '172.30.1.9/24', undefined],
])('%s with the transport address %s: %s', (mode, address, remark) => {
  const config = {hash: 'x', ...effectiveConfig({text: `trafficEncapMode: ${mode}`})}
  const wired = {...exampleNetwork().wiring, transport: [parseInterfaceAddress(address)]}
  const {agentConditions} = describe({...well, loaded: config, started: config, wiring: wired})
  const message = agentConditions.find(({type}) => type === 'ConfigValid')?.message
  if (remark === undefined) expect(message).toBeUndefined()
  else expect(message).toContain(remark)
})

test('what is not built yet is said', () => {
  const quiet = {hash: 'x', ...effectiveConfig({text: 'antreaProxy: {enable: false}'})}
  const plain = describe({...well, loaded: quiet})
  expect(statusOf(plain.agentConditions).FeatureNotAvailable).toBe('False')
  const policies = describe({...well, loaded: quiet, networkPolicies: true})
  expect(policies.agentConditions.at(-1)?.message).toContain('not enforced')
  const asked = {hash: 'x', ...effectiveConfig({text: 'antreaProxy: {enable: false}\nmulticast: {enable: true}'})}
  expect(describe({...well, loaded: asked}).agentConditions.at(-1)).toMatchObject({
    status: 'True',
    message: 'multicast.enable: Multicast is not available yet',
  })
})

test.each<readonly [Partial<AgentState>, string, string]>([
  [{tunnelTrouble: 'no tunnel reaches n3'}, 'True', 'no tunnel reaches n3'],
  [{tunnelTrouble: 'no tunnel reaches n3', contested: 'somebody'}, 'True', 'somebody; no tunnel reaches n3'],
  [{tunnelTrouble: 'no tunnel reaches n3', dataplaneTrouble: 'no flows'}, 'False', 'no flows; no tunnel reaches n3'],
])('%j is said with the datapath, which serves the others', (trouble, status, message) => {
  const {agentConditions} = describe({...well, ...trouble})
  expect(agentConditions.find(({type}) => type === 'DataplaneReady')).toMatchObject({status, message})
})

test('a dead switch makes the agent unhealthy', () => {
  const {agentConditions} = describe({...well, openflowTrouble: 'br-int.mgmt: connection refused'})
  expect(statusOf(agentConditions)).toMatchObject({
    AgentHealthy: 'False',
    OpenflowConnectionUp: 'False',
    ConfigValid: 'True',
  })
})

function statusOf(
  conditions: readonly {readonly type: string; readonly status: string}[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(conditions.map(({type, status}) => [type, status]))
}
