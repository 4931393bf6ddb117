import {readFileSync} from 'node:fs'
import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {describe, expect, test} from 'vitest'
import {countersOf, differences, ownWords, withChanges} from '../../src/diagnostics/flows/compare.ts'
import {decodeFlow} from '../../src/diagnostics/flows/decode.ts'
import {dictionaryOf} from '../../src/diagnostics/flows/dictionary.ts'
import {passes} from '../../src/diagnostics/flows/filter.ts'
import {parseFlowLine} from '../../src/diagnostics/flows/rows.ts'
import {readSnapshot} from '../../src/diagnostics/flows/snapshot.ts'
import {upstreamOwner} from '../../src/diagnostics/flows/upstream-owner.ts'
import {tableName} from '../../src/datapath/pipeline/tables.ts'
import type {NodeFlows} from '../../src/model/agent-api.ts'
import {flowLines} from '../../src/ui/flow-view.ts'
import {plainTheme} from '../../src/ui/theme.ts'
import {fourAgents} from './agents.ts'

const told: NodeFlows = {
  flows: [],
  ports: [
    {name: 'web-1a2b3c', ofPort: 3, pod: 'shop/web'},
    {name: 'antrea-gw0', ofPort: 32_769},
    {name: 'antrea-tun0', ofPort: 32_768},
  ],
  pods: [{pod: 'shop/web', ips: ['10.244.1.5'], mac: '0a:58:0a:f4:01:05'}],
  peers: [{name: 'n2', podCidr: '10.244.2.0/24', transportIp: '172.30.1.12', sameSubnet: true, way: 'routed'}],
  gateway: {ip: '10.244.1.1', mac: '0a:58:0a:f4:01:01', podCidr: '10.244.1.0/24'},
}
const dictionary = dictionaryOf(told, fourAgents)
const decode = (line: string, owner?: string) => decodeFlow(parseFlowLine(line, tableName), dictionary, owner)

describe('a flow in words', () => {
  test.each([
    ['in_port=3 actions=drop', ['in_port=web-1a2b3c (shop/web)'], ['dropped']],
    ['in_port="web-1a2b3c" actions=drop', ['in_port=web-1a2b3c (shop/web)'], ['dropped']],
    ['in_port=99 actions=drop', ['in_port=99'], ['dropped']],
    [
      'ip,reg0=0x3/0xf,nw_dst=10.244.2.0/24 actions=set_field:0x10/0xf0->reg0,goto_table:24',
      ['ip', 'came from a local Pod', 'nw_dst=10.244.2.0/24 (Pods of n2)'],
      ['goes to another Node through the tunnel', 'on to L3DecTTL'],
    ],
    [
      'nw_src=10.244.1.5,dl_dst=AA:BB:CC:DD:EE:FF actions=set_field:172.30.1.12->tun_dst,dec_ttl',
      ['nw_src=10.244.1.5 (shop/web)', 'dl_dst=AA:BB:CC:DD:EE:FF (any gateway)'],
      ['tunnelled to 172.30.1.12 (transport of n2)', 'one hop less'],
    ],
    [
      'dl_dst=0a:58:0a:f4:01:05 actions=set_field:0x3->reg1,output:NXM_NX_REG1[]',
      ['dl_dst=0a:58:0a:f4:01:05 (shop/web)'],
      ['leaves by web-1a2b3c (shop/web)', 'out of that port'],
    ],
    ['actions=output:32769', [], ['leaves by antrea-gw0']],
    ['actions=resubmit(,36)', [], ['on to Output']],
    [
      'ct_mark=0x2/0xf actions=ct(commit,table=36,zone=65520,exec(set_field:0x3/0xf->ct_mark))',
      ['was opened through the gateway'],
      ['ct(commit,on to Output,zone=65520,exec(mark: was opened by a local Pod))'],
    ],
    ['reg9=0x1,ct_state=+new+trk actions=FLOOD', ['reg9=0x1', 'ct_state=+new+trk'], ['FLOOD']],
    ['reg0=; actions=set_field:zz->reg0', ['reg0=;'], ['reg0=zz']],
    ['reg0=0xfffffffffffffffffffffff actions=((((', ['reg0=0xfffffffffffffffffffffff'], ['((((']],
  ])('%s', (flow, match, actions) => {
    expect(decode(`table=3, priority=200,${flow}`).says).toEqual({match, actions})
  })
})

test.each([
  ['0x1010000000000', 'Pod connectivity'],
  ['0x1020000000000', 'NetworkPolicy'],
  ['0x7000000000000', 'every Node'],
  ['0x10ff0000000000', undefined],
  ['0x5', undefined],
  [undefined, undefined],
  ['0xzz', undefined],
])('the cookie %s of upstream is for %s', (cookie, owner) => {
  expect(upstreamOwner(cookie)).toBe(owner)
})

describe('filters, all of which must hold', () => {
  const toPeer = decode(
    'table=21, n_packets=4, priority=200,ip,nw_dst=10.244.2.0/24 actions=set_field:172.30.1.12->tun_dst',
  )
  const ofPod = decode('table=4, n_packets=0, priority=200,ip,in_port=3,nw_src=10.244.1.5 actions=goto_table:8')
  const marks = {ports: ['web-1a2b3c', '3'], addresses: ['10.244.1.5', '0a:58:0a:f4:01:05']}
  test.each([
    ['nothing', {}, [true, true]],
    ['hit', {hit: true}, [true, false]],
    ['tunnelled', {tunnelled: true}, [true, false]],
    ['not tunnelled', {tunnelled: false}, [false, true]],
    ['a Pod', {pod: marks}, [false, true]],
    ['a Pod that only looks alike', {pod: {ports: ['33'], addresses: ['10.244.1.50']}}, [false, false]],
    ['a port by number', {port: ['web-1a2b3c', '3']}, [false, true]],
    ['a table', {tables: new Set(['spoofguard'])}, [false, true]],
    ['a part of the match', {match: ['ip']}, [true, true]],
    ['an address in a network', {match: ['nw_dst=10.244.2.77']}, [true, false]],
    ['an address outside', {match: ['nw_dst=10.244.3.77']}, [false, false]],
    ['two at once', {match: ['ip'], hit: true, tunnelled: false}, [false, false]],
  ] as const)('%s', (_name, filter, [peer, pod]) => {
    expect([passes(filter, toPeer), passes(filter, ofPod)]).toEqual([peer, pod])
  })
  test('a network that is none is no reason to fail', () => {
    const hostile = decode('table=21, priority=1,nw_dst=999.1.1.1/99 actions=drop')
    expect(passes({match: ['nw_dst=10.0.0.1']}, hostile)).toBe(false)
  })
})

describe('two looks', () => {
  const line = (packets: number, actions = 'drop') =>
    decode(`table=3, n_packets=${packets}, priority=1,ip actions=${actions}`)
  test('what was counted since; what is new has counted all', () => {
    const before = countersOf([line(5)])
    expect(withChanges([line(9), line(2, 'FLOOD')], before).map(({change}) => change)).toEqual([4, 2])
  })
  test('differences leave counters aside', () => {
    const {onlyLeft, onlyRight} = differences([line(5)], [line(9), line(1, 'FLOOD')])
    expect([onlyLeft.length, onlyRight.map(({actions}) => actions)]).toEqual([0, ['FLOOD']])
  })
  test("of two Nodes, each Node's own gateway and range are the same", () => {
    const n2 = {gateway: {ip: '10.244.2.1', mac: '0a:58:0a:f4:02:01', podCidr: '10.244.2.0/24'}}
    const flow = (node: number) =>
      decode(`table=21, priority=200,ip,nw_dst=10.244.${node}.0/24 actions=set_field:0a:58:0a:f4:0${node}:01->eth_dst`)
    expect(ownWords(told)(flow(1))).toBe(ownWords(n2)(flow(2)))
    expect(ownWords(told)(flow(1))).not.toBe(ownWords(told)(flow(2)))
  })
})

describe('a snapshot', () => {
  test.each([
    ['[{"flow": "table=3, priority=1,ip actions=drop", "node": "n1"}]', 1],
    ['NXST_FLOW reply:\n cookie=0x1, table=3, priority=1,ip actions=drop\n table=4, priority=2 actions=FLOOD\n', 2],
  ])('%j', async (text, count) => {
    const folder = await mkdtemp(join(tmpdir(), 'antctl-snapshot-'))
    await writeFile(join(folder, 'flows'), text)
    const flows = await readSnapshot(join(folder, 'flows'))
    await rm(folder, {recursive: true})
    expect(flows).toHaveLength(count)
    expect(flows[0]).toMatchObject({table: 'Classifier', match: 'ip', actions: 'drop'})
  })
  test('a file that is not there, and one without flows', async () => {
    await expect(readSnapshot('/nonexistent')).rejects.toThrow(/neither a Node with an agent nor a file/u)
    await expect(readSnapshot('/dev/null')).rejects.toThrow(/no flow in it/u)
  })
})

test('the view: Nodes, tables under their questions, owners, changes and problems; raw as it came', async () => {
  const text = readFileSync(new URL('../golden/flows-hybrid.txt', import.meta.url), 'utf8')
  const lines = text.split('\n').filter((line) => line.includes('actions='))
  const rows = lines.slice(0, 30).map((line, at) => ({
    node: at < 20 ? 'n1' : 'n2',
    ...decode(line, at % 3 === 0 ? 'Pod shop/web' : undefined),
    ...(at === 1 && {change: 12}),
    ...(at === 2 && {problem: 'missing' as const}),
    ...(at === 3 && {problem: 'extra' as const}),
  }))
  const view = {theme: plainTheme, width: 100}
  const asks = (table: string) => (table === 'Classifier' ? 'Which port did the packet come in by?' : undefined)
  const options = {asks, raw: false, none: 'none'}
  await expect(`${flowLines(rows, view, options).join('\n')}\n`).toMatchFileSnapshot('../golden/ovsflows.txt')
  expect(flowLines(rows.slice(0, 1), {...view, headers: false}, {...options, raw: true})).toEqual([lines[0]?.trim()])
  expect(flowLines([], view, options)).toEqual(['none'])
})
