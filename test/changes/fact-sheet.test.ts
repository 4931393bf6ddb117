import {expect, test} from 'vitest'
import {changedFacts, factSheet, hashOfFacts} from '../../src/changes/set-mode/fact-sheet.ts'
import type {ModeFacts} from '../../src/changes/set-mode/plan.ts'
import {fourAgents} from '../diagnostics/agents.ts'

const config = 'trafficEncapMode: encap\n'
const before: ModeFacts = {config, infos: fourAgents}
const withFirst = (change: (info: (typeof fourAgents)[number]) => object): ModeFacts => ({
  config,
  infos: fourAgents.map((info, at) => (at === 0 ? {...info, ...change(info)} : info)),
})
const network = (values: object) => withFirst(({networkInfo}) => ({networkInfo: {...networkInfo, ...values}}))
const machine = (facts: object) => ({
  ...before,
  nodes: new Map([['n1', {name: 'n1', ready: true, cordoned: false, labels: {}, ...facts}]]),
})

test.each<[string, ModeFacts, RegExp]>([
  ['the text', {...before, config: `${config}# more\n`}, /^ConfigMap antrea-config: antrea-agent\.conf was .+, is /u],
  ['a mode', network({trafficEncapMode: 'hybrid'}), /^Node n1: trafficEncapMode was encap, is hybrid$/u],
  ['an MTU', network({podMTU: 1400}), /^Node n1: podMTU was 1450, is 1400$/u],
  ['a mask', network({transportInterfaceIPs: ['172.30.1.11/16']}), /^Node n1: transport addresses was 172/u],
  ['a podCIDR', withFirst(() => ({nodeSubnets: []})), /^Node n1: podCIDRs was 10\.244\.1\.0\/24, is not told$/u],
  ['a machine', machine({provider: 'aws', providerId: 'aws:///a/i-1'}), /^Node n1: provider was not told, is aws:/u],
  [
    'routes of the cloud',
    machine({cloudRoutes: 'created'}),
    /^Node n1: routes of the cloud was not told, is created$/u,
  ],
  ['a new Node', {...before, infos: [...fourAgents, {...fourAgents[0]!, nodeRef: {name: 'n5'}}]}, /^Node n5 is new$/u],
  ['a Node less', {...before, infos: fourAgents.slice(0, 3)}, /^Node n4 is gone$/u],
])('%s is a fact', (_name, now, sentence) => {
  const [was, is] = [factSheet(before), factSheet(now)]
  expect(changedFacts(was, is)).toEqual([expect.stringMatching(sentence)])
  expect(hashOfFacts(is)).not.toBe(hashOfFacts(was))
})

test('heartbeats, Pods and flows come and go', () => {
  const busy = withFirst(({agentConditions, ovsInfo}) => ({
    localPodNum: 99,
    ovsInfo: {...ovsInfo, flowTable: {Output: 7}},
    agentConditions: agentConditions.map((condition) => ({...condition, lastHeartbeatTime: 'later'})),
  }))
  expect(hashOfFacts(factSheet(busy))).toBe(hashOfFacts(factSheet(before)))
  expect(hashOfFacts(factSheet(machine({ready: false})))).toBe(hashOfFacts(factSheet(before)))
})
