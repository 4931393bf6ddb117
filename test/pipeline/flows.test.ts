import {describe, expect, test} from 'vitest'
import {parseCidr, parseIp} from '../../src/model/address.ts'
import type {NodeNetwork} from '../../src/model/node-network.ts'
import {trafficModeNames} from '../../src/model/traffic-mode.ts'
import type {Flow} from '../../src/datapath/openflow/flow.ts'
import {tableId, tableName, tables} from '../../src/datapath/pipeline/tables.ts'
import {exampleNetwork, examplePod} from './example.ts'
import {ledgerOf} from '../plan/ledger-of.ts'
import {flowText} from './flow-text.ts'

/** Tables that a flow hands packets on to, at once or after a recirculation. */
function targets({actions}: Flow): readonly number[] {
  return actions.flatMap((action) => {
    const id = /(?:goto_table:|table=)(\d+)/u.exec(action)?.[1]
    return id === undefined ? [] : [Number(id)]
  })
}

describe.each(trafficModeNames)('flows in %s', (mode) => {
  const flows = flowsOf(exampleNetwork({mode}))

  test('picture', async () => {
    const lines = flows.toSorted((a, b) => a.table - b.table || b.priority - a.priority).map(flowText)
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(`../golden/flows-${mode}.txt`)
  })

  test('no two flows share table, priority and match', () => {
    const keys = flows.map((flow) => flowText({...flow, cookie: 0n, actions: []}))
    expect(keys.filter((key, at) => keys.indexOf(key) !== at)).toEqual([])
  })

  test('a packet only goes forward, and only to tables that exist', () => {
    const known = new Set<number>(tables.map(({id}) => id))
    const lost = flows.filter((flow) => targets(flow).some((id) => id <= flow.table || !known.has(id)))
    expect(lost.map(flowText)).toEqual([])
  })

  test('every table is reached and has a miss', () => {
    const reached = new Set([0, ...flows.flatMap(targets)])
    expect(tables.filter(({id}) => !reached.has(id)).map(({name}) => name)).toEqual([])
    const missing = tables.filter(({id}) => !flows.some(({table, priority}) => table === id && priority === 0))
    expect(missing).toEqual([])
  })

  test('nothing but a peer and the misses depends on who is there', () => {
    const alone = flowsOf(exampleNetwork({mode, peers: [], pods: []})).map(flowText)
    expect(flows.map(flowText)).toEqual(expect.arrayContaining(alone))
  })
})

test('encap to hybrid touches only the near peer', () => {
  const [encap, hybrid] = [texts('encap'), texts('hybrid')]
  const cookie = 'cookie=0x1030af40200'
  const fromPeer = 'nw_src=10.244.2.0/24,nw_dst=10.244.1.0/24,reg0=0x1/0xf'
  const toNode =
    'actions=set_field:0a:58:0a:f4:01:01->eth_dst,' +
    'set_field:0x20/0xf0->reg0,set_field:0x8001->reg1,set_field:0x200000/0x600000->reg0,goto_table:Output'
  expect(hybrid.filter((flow) => !encap.includes(flow))).toEqual([
    `${cookie}, table=L3Forwarding, priority=200,ip,nw_dst=10.244.2.0/24 ` +
      'actions=set_field:0a:58:0a:f4:01:01->eth_dst,set_field:0x20/0xf0->reg0,goto_table:L2ForwardingCalc',
    `${cookie}, table=ConntrackState, priority=200,udp,${fromPeer},ct_state=+new+trk ${toNode}`,
    `${cookie}, table=ConntrackState, priority=200,sctp,${fromPeer},ct_state=+new+trk ${toNode}`,
    `${cookie}, table=ConntrackState, priority=210,icmp,${fromPeer},ct_state=+inv+trk ${toNode}`,
  ])
  expect(encap.filter((flow) => !hybrid.includes(flow))).toHaveLength(1)
})

test('in every mode the gateway reaches each peer by the tunnel, above the flow of the mode', () => {
  for (const mode of trafficModeNames) {
    const toPeers = flowsOf(exampleNetwork({mode})).filter(
      ({table, match}) => tableName(table) === 'L3Forwarding' && match['nw_dst'] === '10.244.2.0/24',
    )
    expect(toPeers.map(({priority}) => priority)).toEqual([201, 200])
    expect(toPeers[0]?.actions).toContain('set_field:172.30.1.12->tun_dst')
  }
})

test('only known peers send through the tunnel, each once', () => {
  const network = exampleNetwork()
  const [near] = network.peers
  if (near === undefined) throw new Error('the example has peers')
  const second = {...near, podCidr: parseCidr('10.244.12.0/24'), gatewayIp: parseIp('10.244.12.1')}
  const senders = flowsOf({...network, peers: [...network.peers, second]})
    .filter(({table}) => table === tableId('Classifier'))
    .flatMap(({match}) => match['tun_src'] ?? [])
  expect(senders).toEqual(['172.30.1.12', '172.30.2.13', '172.30.2.14'])
})

test('IPv6 has no flows yet: a Pod and a peer of that family are left out', () => {
  const network = exampleNetwork()
  const pod = {...examplePod('six', 4, 5), ips: [parseIp('fd00::4')]}
  const peer = {
    name: 'n6',
    podCidr: parseCidr('fd00:6::/64'),
    gatewayIp: parseIp('fd00:6::1'),
    transportIp: parseIp('fd00::6'),
    sameSubnet: true,
  }
  const grown = flowsOf({...network, pods: [...network.pods, pod], peers: [...network.peers, peer]})
  expect(grown).toEqual(flowsOf(network))
})

function texts(mode: 'encap' | 'hybrid'): readonly string[] {
  return flowsOf(exampleNetwork({mode})).map(flowText)
}

function flowsOf(network: NodeNetwork): readonly Flow[] {
  return ledgerOf(network).flows.values()
}
