import {setTimeout as sleep} from 'node:timers/promises'
import {execa} from 'execa'
import {afterAll, beforeAll, beforeEach, describe, expect, test} from 'vitest'
import {type Hands, startHands} from './hands-of.ts'
import {patience} from './patience.ts'
import {datapath, inside, run, startUnderlay, topology, transportDevice} from './underlay.ts'

type Spoil = readonly [string, () => Promise<unknown>]

const [node] = topology
const undo = new AsyncDisposableStack()
let bridge: string
let runDir: string
let hands: Hands

beforeAll(async () => {
  const underlay = undo.use(await startUnderlay())
  runDir = underlay.runDirOf(node.name)
  bridge = `unix:${runDir}/br-int.mgmt`
  hands = undo.use(startHands(node, runDir, '--watch'))
  await hands.become({mode: 'hybrid'})
})
afterAll(() => undo.disposeAsync())

/** Only a userspace datapath needs the kernel kept from the devices that it reads. */
const tables = ['inet antctl', ...(datapath === 'netdev' ? ['netdev antctl'] : []), 'ip kube']

const guarded: readonly Spoil[] =
  datapath === 'netdev' ? [['the guards deleted', () => inNode('nft', 'delete', 'table', 'netdev', 'antctl')]] : []

/** Everything of ours on the Node, in the words of other programs than ours. */
async function picture(): Promise<string> {
  const [flows, routes, rules, gateway, forward] = await Promise.all([
    ofctl('dump-flows', '--no-stats', '--names', bridge),
    inNode('ip', '-4', 'route', 'show', 'table', 'all', 'proto', '165').then(withRules),
    Promise.all(tables.map((table) => inNode('nft', 'list', 'table', ...table.split(' ')))),
    inNode('cat', '/sys/class/net/antrea-gw0/mtu'),
    inNode('sysctl', '-n', 'net.ipv4.ip_forward', 'net.ipv4.conf.antrea-gw0.rp_filter'),
  ])
  const sorted = flows.split('\n').toSorted().join('\n')
  return [sorted, routes, rules.join('\n').replaceAll(/elements = \{[^}]*\}/gu, sortElements), gateway, forward].join(
    '\n---\n',
  )
}

describe('what somebody else does to ours is put back', () => {
  let before: string
  beforeEach(async () => {
    before = await picture()
  })

  test.each<Spoil>([
    ['a flow deleted', () => ofctl('del-flows', '--strict', bridge, 'table=21,priority=200,ip,nw_dst=10.244.2.0/24')],
    ['a flow changed', () => ofctl('mod-flows', bridge, 'table=21,ip,nw_dst=10.244.2.0/24,actions=drop')],
    ['a flow planted', () => ofctl('add-flow', bridge, 'table=21,priority=9000,ip,actions=drop')],
    ['all flows deleted', () => ofctl('del-flows', bridge)],
    ['a table of flows deleted', () => ofctl('del-flows', bridge, 'table=3')],
    ...guarded,
    ['a route deleted', () => inNode('ip', 'route', 'del', '10.244.2.0/24', 'table', '166')],
    ['a route of another mode deleted', () => inNode('ip', 'route', 'del', '10.244.2.0/24', 'table', '167')],
    ['a table flushed', () => inNode('ip', 'route', 'flush', 'table', '168')],
    ['a rule deleted', () => inNode('ip', 'rule', 'del', 'lookup', '168')],
    [
      'a rule of another mode planted',
      () => inNode('ip', ...'rule add lookup 167 priority 90 protocol 165'.split(' ')),
    ],
    [
      'a route bent',
      () =>
        inNode(...'ip route replace 10.244.3.0/24 via 172.30.1.1 proto 165 table 168 dev'.split(' '), transportDevice),
    ],
    [
      'a route planted as ours',
      () => inNode('ip', 'route', 'add', '10.99.0.0/16', 'via', '172.30.1.1', 'dev', transportDevice, 'proto', '165'),
    ],
    ['the nft rules flushed', () => inNode('nft', 'flush', 'table', 'inet', 'antctl')],
    ['the nft table deleted', () => inNode('nft', 'delete', 'table', 'inet', 'antctl')],
    [
      'a podCIDR taken out',
      () => inNode('nft', 'delete', 'element', 'inet', 'antctl', 'pod_cidrs', '{', '10.244.3.0/24', '}'),
    ],
    [
      'a podCIDR put in',
      () => inNode('nft', 'add', 'element', 'inet', 'antctl', 'pod_cidrs', '{', '10.99.0.0/16', '}'),
    ],
    [
      'the gateway down, with all routes through it',
      () =>
        inNode('ip', 'link', 'set', 'antrea-gw0', 'down').then(() => inNode('ip', 'link', 'set', 'antrea-gw0', 'up')),
    ],
  ])('%s', async (_, spoil) => {
    const events = (await hands.events()).length
    await spoil()
    await until(async () => {
      expect(await hands.events()).not.toHaveLength(events)
      expect(await picture()).toBe(before)
      expect(await hands.drift()).toEqual([])
    })
  })
})

test("the gateway's MTU, by whoever is first: Open vSwitch asks for it too", async () => {
  await inNode('ip', 'link', 'set', 'antrea-gw0', 'mtu', '1300')
  await until(async () => expect(await inNode('cat', '/sys/class/net/antrea-gw0/mtu')).toBe('1500'))
})

describe('what belongs to others is never touched', () => {
  test.each<readonly [string, readonly string[], readonly string[]]>([
    ['an nft table', ['nft', 'add', 'table', 'inet', 'somebody'], ['nft', 'list', 'table', 'inet', 'somebody']],
    [
      "a static route to a peer's podCIDR with another metric",
      ['ip', 'route', 'add', '10.244.2.0/24', 'via', '172.30.1.1', 'dev', transportDevice, 'metric', '77'],
      ['ip', 'route', 'show', '10.244.2.0/24', 'metric', '77'],
    ],
    [
      'a route of a routing daemon',
      ['ip', 'route', 'add', '10.77.0.0/16', 'via', '172.30.1.1', 'dev', transportDevice, 'proto', 'bird'],
      ['ip', 'route', 'show', '10.77.0.0/16', 'proto', 'bird'],
    ],
    [
      'a blackhole route in another table',
      ['ip', 'route', 'add', 'blackhole', '10.78.0.0/16', 'table', '123', 'proto', '165'],
      ['ip', 'route', 'show', 'table', '123'],
    ],
    [
      'a rule of somebody else',
      ['ip', 'rule', 'add', 'lookup', '166', 'priority', '40000'],
      ['ip', 'rule', 'show', 'priority', '40000'],
    ],
    [
      'a link',
      ['ip', 'link', 'add', 'somebody0', 'type', 'veth', 'peer', 'name', 'somebody1'],
      ['ip', '-o', 'link', 'show', 'somebody0'],
    ],
    [
      'a neighbour',
      ['ip', 'neigh', 'add', '172.30.1.200', 'lladdr', '02:00:00:00:00:99', 'dev', transportDevice],
      ['ip', 'neigh', 'show', '172.30.1.200', 'dev', transportDevice],
    ],
  ])('%s', async (_, add, show) => {
    const before = await hands.events()
    await inNode(...add)
    const there = await inNode(...show)
    expect(there).not.toBe('')
    // By event, and by a comparison of everything.
    await sleep(500 * Math.min(patience, 3))
    expect(await hands.become({mode: 'hybrid'})).toEqual([])
    expect(await inNode(...show)).toBe(there)
    expect(await hands.events()).toEqual(before)
  })
})

describe('another agent process', () => {
  // The first one would put back what the others do.
  beforeAll(() => hands[Symbol.asyncDispose]())

  test('finds all in place and writes nothing: nobody else sees a change', async () => {
    await using seen = await observers()
    await using successor = startHands(node, runDir)
    expect(await successor.become({mode: 'hybrid'})).toEqual([])
    expect(await successor.drift()).toEqual([])
    await sleep(300 * Math.min(patience, 3))
    expect(seen.lines()).toEqual([])
  })

  test('makes only the difference', async () => {
    await using seen = await observers()
    await using successor = startHands(node, runDir)
    expect(await successor.become({mode: 'encap'})).toEqual([
      ...(datapath === 'netdev' ? ['make the tunnel know 172.30.1.12 dev br-phy'] : []),
      'change flows: 1 put, 3 removed',
      'wait until the datapath follows the flows',
      'look up table 167',
    ])
    await until(async () => expect(seen.lines()).toHaveLength(5))
    const lines = [
      ...['icmp', 'sctp', 'udp'].map((protocol) =>
        expect.stringMatching(new RegExp(`^flows:  event=DELETED .*${protocol}.*nw_src=10\\.244\\.2\\.0/24`, 'u')),
      ),
      expect.stringMatching(/^flows:  event=(ADDED|MODIFIED) .*nw_dst=10\.244\.2\.0\/24/u),
      expect.stringMatching(/^ip: 32764:\s+from all lookup 167/u),
    ]
    expect(seen.lines()).toEqual(expect.arrayContaining(lines))
  })
})

/** Programs that tell each change of flows, routes, addresses, links and nft as it happens, once they are awake. */
async function observers(): Promise<AsyncDisposable & {readonly lines: () => readonly string[]}> {
  await using undo = new AsyncDisposableStack()
  let heard: string[] = []
  const start = (name: string, program: string, args: readonly string[]) => {
    const child = execa('ip', inside(node.name, program, args), {
      reject: false,
      buffer: false,
      env: {OVS_RUNDIR: runDir},
    })
    undo.defer(async () => {
      child.kill('SIGKILL')
      await child
    })
    // ovs-ofctl monitors to its standard error.
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        const lines = chunk.toString().split('\n')
        // The header of a message comes with each event.
        heard.push(
          ...lines.filter((line) => /\S/u.test(line) && !/^\w+ reply/u.test(line)).map((line) => `${name}: ${line}`),
        )
      })
  }
  start('flows', 'ovs-ofctl', ['-O', 'OpenFlow15', 'monitor', bridge, 'watch:!initial'])
  start('ip', 'ip', ['-o', 'monitor', 'route', 'rule', 'link', 'address'])
  start('nft', 'nft', ['monitor'])
  await until(async () => {
    await ofctl('add-flow', bridge, 'table=99,actions=drop')
    await ofctl('del-flows', bridge, 'table=99')
    await inNode('ip', 'route', 'replace', '10.98.0.0/16', 'dev', 'lo')
    await inNode('ip', 'route', 'del', '10.98.0.0/16')
    await inNode('nft', 'add', 'table', 'inet', 'probe')
    await inNode('nft', 'delete', 'table', 'inet', 'probe')
    expect(new Set(heard.map((line) => line.slice(0, line.indexOf(':'))))).toEqual(new Set(['flows', 'ip', 'nft']))
  })
  await sleep(300 * Math.min(patience, 3))
  heard = []
  const kept = undo.move()
  return {
    lines: () => heard,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

async function inNode(...[program = '', ...args]: readonly string[]): Promise<string> {
  return (await run('ip', inside(node.name, program, args))).stdout
}

async function ofctl(...args: readonly string[]): Promise<string> {
  return (await run('ovs-ofctl', ['-O', 'OpenFlow15', ...args])).stdout
}

async function withRules(routes: string): Promise<string> {
  return `${routes}\n${await inNode('ip', 'rule')}`
}

function sortElements(text: string): string {
  return (text.match(/[\d./]+/gu) ?? []).toSorted().join(' ')
}

async function until(check: () => Promise<void>): Promise<void> {
  for (let left = 50 * Math.min(patience, 10); ; left--) {
    try {
      await check()
      return
    } catch (error) {
      if (left === 0) throw error
      await sleep(100)
    }
  }
}
