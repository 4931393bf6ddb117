import {readFileSync} from 'node:fs'
import {glob} from 'node:fs/promises'
import {describe, expect, test} from 'vitest'
import {parseTrace, type TraceNames} from '../../src/diagnostics/trace/parse.ts'

const names: TraceNames = {
  table: (id) => ({3: 'Classifier', 4: 'SpoofGuard', 16: 'L3Forwarding', 27: 'Output'})[id],
  isTunnel: (port) => port === '32768',
}
const read = (name: string) => readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8')

describe('how the packet left the bridge, in what real switches print', () => {
  test.each([
    ['upstream/encap/trace-srv-to-cl2.txt', {way: 'tunnel', tunDst: '172.30.1.12', port: '32768'}],
    ['upstream/encap/trace-srv-to-cl3.txt', {way: 'tunnel', tunDst: '172.30.2.13', port: '32768'}],
    ['upstream/hybrid/trace-srv-to-cl2.txt', {way: 'port', port: '32769'}],
    ['upstream/hybrid/trace-srv-to-cl3.txt', {way: 'tunnel', tunDst: '172.30.2.13', port: '32768'}],
    ['upstream/noEncap/trace-srv-to-cl2.txt', {way: 'port', port: '32769'}],
    ['upstream/noEncap/trace-srv-to-cl3.txt', {way: 'port', port: '32769'}],
    ['upstream/encap/trace-same-node.txt', {way: 'port', port: '1'}],
    ['upstream/encap/trace-self.txt', {way: 'dropped', reason: 'table Output: skipping output to input port'}],
    ['upstream/encap/trace-service.txt', {way: 'unknown', reason: 'no live bucket'}],
    ['kernel/trace-to-tunnel.txt', {way: 'tunnel', tunDst: '172.31.1.2', port: '1'}],
    ['kernel/trace-from-tunnel.txt', {way: 'port', port: '11'}],
  ])('%s', (file, exit) => {
    expect(parseTrace(read(file), names).exit).toEqual(exit)
  })
})

test('every recorded trace can be read', async () => {
  const files = await Array.fromAsync(
    glob('{upstream/*,kernel}/trace-*.txt', {cwd: new URL('../fixtures/', import.meta.url).pathname}),
  )
  expect(files.length).toBeGreaterThan(15)
  for (const file of files) {
    const {tables, exit} = parseTrace(read(file), names)
    expect([file, tables.length > 2]).toEqual([file, true])
    expect([file, exit.way]).toEqual([file, expectedWay(file)])
  }
})

function expectedWay(file: string): string {
  if (file.endsWith('trace-self.txt')) return 'dropped'
  if (file.endsWith('trace-service.txt')) return 'unknown'
  const tunnelled = /encap\/trace-srv|hybrid\/trace-srv-to-cl3|to-tunnel/u.test(file)
  return tunnelled ? 'tunnel' : 'port'
}

test('the tables of a packet, across its recirculations', () => {
  const {inPort, tables} = parseTrace(read('upstream/encap/trace-srv-to-cl2.txt'), names)
  expect(inPort).toBe('1')
  expect(tables.map(({tableId}) => tableId).join(' ')).toBe(
    '0 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 25 26 27',
  )
  expect(tables.find(({table}) => table === 'L3Forwarding')).toEqual({
    tableId: 16,
    table: 'L3Forwarding',
    match: 'ip,nw_dst=10.244.2.0/24',
    priority: 200,
    cookie: '0x6010000000000',
    actions: [
      'set_field:26:09:22:25:7b:de->eth_src',
      'set_field:aa:bb:cc:dd:ee:ff->eth_dst',
      'set_field:172.30.1.12->tun_dst',
      'set_field:0x10/0xf0->reg0',
      'goto_table:17',
    ],
  })
})

test('the kernel datapath prints no cookie where there is none, and tables reached by resubmit', () => {
  const {tables} = parseTrace(read('kernel/trace-from-tunnel.txt'), names)
  expect(tables).toEqual([
    {tableId: 0, table: '0', match: 'ip', priority: 10, actions: ['ct(table=1,zone=65520,nat)', 'nat']},
    {tableId: 1, table: '1', match: 'ip', priority: 10, actions: ['resubmit(,2)']},
    {
      tableId: 2,
      table: '2',
      match: 'ip,nw_dst=10.10.2.11',
      priority: 30,
      actions: ['set_field:02:00:00:00:02:11->eth_dst', 'output:11'],
    },
  ])
})

test('an action after a nested table belongs to the table outside', () => {
  const {tables} = parseTrace(read('upstream/encap/trace-srv-to-cl2.txt'), names)
  expect(tables.find(({tableId}) => tableId === 8)?.actions).toEqual(['resubmit(,9)', 'resubmit(,10)'])
  expect(tables.find(({tableId}) => tableId === 9)?.actions).toEqual(['set_field:0x10000/0x70000->reg4'])
})

const trace = (body: string, datapath: string) =>
  `Flow: ip,in_port=7\n\nbridge("br-int")\n----------------\n${body}\n\nFinal flow: unchanged\nMegaflow: x\nDatapath actions: ${datapath}\n`

test.each([
  [' 0. No match.\n    drop', 'table 0: no flow matches'],
  [' 0. ip, priority 5\n    drop', 'table 0: the flow "priority 5 ip" drops it'],
  [' 4. priority 0, cookie 0x1\n    drop', 'table SpoofGuard: the flow "priority 0" drops it'],
])('a drop says where: %j', (body, reason) => {
  expect(parseTrace(trace(body, 'drop'), names).exit).toEqual({way: 'dropped', reason})
})

test('the bridge that holds the NIC is not ours', () => {
  const nested = [
    '21. ip,nw_dst=10.244.2.0/24, priority 200',
    '    set_field:172.30.1.12->tun_dst',
    '    output:32768',
    '     -> output to native tunnel',
    '',
    'bridge("br-phy")',
    '----------------',
    ' 0. priority 0',
    '    NORMAL',
    '     -> forwarding to learned port',
  ].join('\n')
  const text = trace(nested, 'tnl_push(tnl_port(5),header(...),out_port(3)),2').replace(
    'unchanged',
    'ip,tun_src=0.0.0.0,tun_dst=172.30.1.12',
  )
  const {exit, tables} = parseTrace(text, names)
  expect(exit).toEqual({way: 'tunnel', tunDst: '172.30.1.12', port: '32768'})
  expect(tables).toHaveLength(1)
})

test('a port by name', () => {
  const text = trace('27. priority 1\n    output:NXM_NX_REG1[]\n     -> output port is "antrea-gw0"', '4')
  expect(parseTrace(text, names).exit).toEqual({way: 'port', port: 'antrea-gw0'})
})

test.each(['', 'ovs-vswitchd: no such bridge', 'flow: ip'])('%j is no trace', (text) => {
  expect(() => parseTrace(text, names)).toThrow(/not the text of ofproto\/trace/u)
})
