import {describe, expect, test} from 'vitest'
import {parseIp} from '../../src/model/address.ts'
import type {NodeNetwork} from '../../src/model/node-network.ts'
import type {KernelRoute} from '../../src/model/agent-api.ts'
import {trafficModeNames} from '../../src/model/traffic-mode.ts'
import {nextHops} from '../../src/datapath/host/neighbours.ts'
import {guardChain, natRuleset} from '../../src/datapath/host/nft.ts'
import {countingRoutes, describeRule, peerTables, rulesOf} from '../../src/datapath/host/peer-tables.ts'
import {hostSettings} from '../../src/datapath/host/state.ts'
import type {Ledger} from '../../src/datapath/plan/ledger.ts'
import {exampleNetwork} from '../pipeline/example.ts'
import {ledgerOf} from '../plan/ledger-of.ts'

describe.each(trafficModeNames)('the Node in %s', (mode) => {
  test('picture', async () => {
    const network = exampleNetwork({mode})
    const {routes, rules, guards, podCidrs} = ledgerOf(network)
    const {sysctls, links, nat} = hostSettings(network)
    const sections = [
      ...rules.values().map(describeRule),
      ...routes.values().map(routeText),
      ...sysctls.map(({key, value}) => `sysctl ${key} = ${value}`),
      ...links.map(({name, mtu}) => `link ${name} mtu ${mtu}`),
      natRuleset(nat, podCidrs.values()),
      ...guards.values().map(guardChain),
    ]
    await expect(`${sections.join('\n')}\n`).toMatchFileSnapshot(`../golden/host-${mode}.txt`)
  })

  test('only the rules by which routes are looked up depend on the mode', () => {
    const [network, other] = [exampleNetwork({mode}), exampleNetwork({mode: 'encap'})]
    const beside = ({routes, guards, podCidrs, tunnelEndpoints}: Ledger) =>
      [routes, guards, podCidrs, tunnelEndpoints].map((claims) => claims.values())
    expect(beside(ledgerOf(network))).toEqual(beside(ledgerOf(other)))
    expect(hostSettings(network)).toEqual(hostSettings(other))
  })
})

test.each(trafficModeNames)('what counts in %s: of each destination what is looked up first', (mode) => {
  const {nearDirect, nearTunnel, farTunnel} = peerTables
  const row = (to: string, dev: string, table?: number): KernelRoute => ({to, dev, ...(table !== undefined && {table})})
  const main = [row('0.0.0.0/0', 'eth0'), row('10.244.3.0/24', 'fabric')]
  const rows = [
    ...main,
    row('10.244.2.0/24', 'near', nearDirect.table),
    row('10.244.2.0/24', 'antrea-gw0', nearTunnel.table),
    row('10.244.3.0/24', 'antrea-gw0', farTunnel.table),
  ]
  const near = mode === 'encap' ? 'antrea-gw0' : 'near'
  expect(countingRoutes(rows, rulesOf(mode)).map(({to, dev}) => `${to} ${dev}`)).toEqual([
    ...(mode === 'noEncap' ? [] : ['10.244.3.0/24 antrea-gw0']),
    `10.244.2.0/24 ${near}`,
    '0.0.0.0/0 eth0',
    '10.244.3.0/24 fabric',
  ])
  expect(countingRoutes(rows, [])).toEqual(main)
})

test('noSNAT leaves out the masquerade and nothing else', () => {
  const lines = (noSNAT: boolean) =>
    natRuleset(hostSettings(exampleNetwork({mode: 'noEncap', noSNAT})).nat, ['10.244.1.0/24']).split('\n')
  const missing = lines(false).filter((line) => !lines(true).includes(line))
  expect(missing.map((line) => line.trim())).toEqual([
    'add rule inet antctl postrouting ip saddr 10.244.1.0/24 ip daddr != @pod_cidrs oifname != "antrea-gw0" masquerade',
  ])
})

test('snatFullyRandomPorts changes the masquerade and nothing else', () => {
  const lines = (change: Partial<NodeNetwork>) =>
    natRuleset(hostSettings(exampleNetwork(change)).nat, ['10.244.1.0/24']).split('\n')
  const added = lines({snatFullyRandomPorts: true}).filter((line) => !lines({}).includes(line))
  expect(added.map((line) => line.trim())).toEqual([
    'add rule inet antctl postrouting ip saddr 10.244.1.0/24 ip daddr != @pod_cidrs oifname != "antrea-gw0" masquerade fully-random',
  ])
  expect(lines({noSNAT: true, snatFullyRandomPorts: true})).toEqual(lines({noSNAT: true}))
})

test("the kernel's datapath needs no ingress hook and no tunnel neighbours", () => {
  const network = exampleNetwork()
  const ledger = ledgerOf({...network, wiring: {...network.wiring, datapath: 'system', transportDevice: 'eth1'}})
  expect(ledger.guards.values()).toEqual([])
  expect(ledger.tunnelEndpoints.values()).toEqual([])
})

test('the next hop is the peer on the own subnet, else the router, by longest prefix and lowest metric', () => {
  const routes: readonly KernelRoute[] = [
    {to: 'default', via: '172.31.1.1', dev: 'eth0'},
    {to: '172.30.1.0/24', dev: 'br-phy', scope: 'link'},
    {to: '172.30.2.0/24', via: '172.30.1.254', dev: 'br-phy', metric: 20},
    {to: '172.30.2.0/24', via: '172.30.1.1', dev: 'br-phy', metric: 10},
    {to: '172.30.2.99', via: '172.30.1.9', dev: 'br-phy'},
  ]
  const ips = ['172.30.1.12', '172.30.2.13', '172.30.2.14', '172.30.2.99', '8.8.8.8'].map(parseIp)
  expect(nextHops(ips, routes).map(({ip, dev}) => `${ip} ${dev}`)).toEqual([
    '172.30.1.12 br-phy',
    '172.30.1.1 br-phy',
    '172.30.1.9 br-phy',
    '172.31.1.1 eth0',
  ])
  expect(nextHops(ips, [])).toEqual([])
})

function routeText({to, via, dev, onlink, protocol, mtu, table}: KernelRoute): string {
  const more = `${mtu === undefined ? '' : ` mtu ${mtu}`} table ${table}`
  return `${to} via ${via} dev ${dev}${onlink === true ? ' onlink' : ''} proto ${protocol}${more}`
}
