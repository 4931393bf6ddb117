import {afterAll, beforeAll, expect, test} from 'vitest'
import * as v from 'valibot'
import {startKernel, type TestKernel} from './kernel.ts'

const nothing = {removed: [], left: []}
const swept = v.object({removed: v.array(v.string()), left: v.array(v.string())})

let kernel: TestKernel
beforeAll(async () => {
  kernel = await startKernel('antctl-kl')
})
afterAll(() => kernel[Symbol.asyncDispose]())

/** As upstream's agent writes them (pkg/agent/route), and users beside it. */
const upstream = [
  '*nat',
  ':ANTREA-POSTROUTING - [0:0]',
  ':ANTREA-PREROUTING - [0:0]',
  ':MINE - [0:0]',
  '-A POSTROUTING -s 10.9.0.0/16 -j MINE',
  '-A POSTROUTING -m comment --comment "Antrea: jump to Antrea postrouting rules" -j ANTREA-POSTROUTING',
  '-A PREROUTING -m comment --comment "Antrea: jump to Antrea prerouting rules" -j ANTREA-PREROUTING',
  '-A ANTREA-POSTROUTING -s 10.244.1.0/24 -m comment --comment "Antrea: masquerade Pod to external packets" -j MASQUERADE',
  '-A MINE -m comment --comment "not ANTREA-POSTROUTING" -j RETURN',
  'COMMIT',
  '*raw',
  ':ANTREA-PREROUTING - [0:0]',
  '-A PREROUTING -j ANTREA-PREROUTING',
  '-A ANTREA-PREROUTING -p udp -m udp --dport 6081 -j NOTRACK',
  'COMMIT',
]

test("upstream's chains, table and rule go, with what leads to them; a user's stay", async () => {
  await kernel.run('sh', '-c', `printf '%s\\n' "$@" | iptables-nft-restore --noflush`, 'sh', ...upstream)
  await kernel.run('nft', 'add table ip antrea; add set ip antrea peer-pod-cidr { type ipv4_addr; }; add table ip mine')
  await kernel.run('ip', 'rule', 'add', 'fwmark', '0x40000000', 'lookup', '141')
  await kernel.run('ip', 'rule', 'add', 'fwmark', '0x20000000', 'lookup', '141')
  expect(await kernel.ask('removeLeftovers')).toEqual({
    removed: [
      'ip raw chain ANTREA-PREROUTING',
      'ip nat chain ANTREA-POSTROUTING',
      'ip nat chain ANTREA-PREROUTING',
      'ip table antrea',
      'rule fwmark 0x40000000 lookup 141',
    ],
    left: [],
  })
  const left = await kernel.run('iptables-nft-save')
  expect(left.match(/^-A .*$/gmu)).toEqual([
    '-A POSTROUTING -s 10.9.0.0/16 -j MINE',
    '-A MINE -m comment --comment "not ANTREA-POSTROUTING" -j RETURN',
  ])
  expect(left).not.toContain(':ANTREA')
  expect(await kernel.run('nft', 'list', 'tables')).not.toContain('antrea')
  expect(await kernel.run('nft', 'list', 'tables')).toContain('table ip mine')
  const rules = await kernel.run('ip', 'rule')
  expect(rules).toContain('fwmark 0x20000000 lookup 141')
  expect(rules).not.toContain('0x40000000')
  expect(await kernel.ask('removeLeftovers')).toEqual(nothing)
})

test("chains of features go, too, with a user's jumps into them from wherever they are", async () => {
  const rules = [
    '*filter',
    ':ANTREA-POL-INGRESS-RULES - [0:0]',
    ':ANTREA-FORWARD - [0:0]',
    ':MY-ANTREA-LIKE - [0:0]',
    '-A FORWARD -j ANTREA-FORWARD',
    '-A FORWARD -g MY-ANTREA-LIKE',
    '-A MY-ANTREA-LIKE -s 10.9.0.0/16 -g ANTREA-POL-INGRESS-RULES',
    '-A ANTREA-FORWARD -j ANTREA-POL-INGRESS-RULES',
    'COMMIT',
  ]
  await kernel.run('sh', '-c', `printf '%s\n' "$@" | iptables-nft-restore --noflush`, 'sh', ...rules)
  expect(await kernel.ask('removeLeftovers')).toMatchObject({
    removed: ['ip filter chain ANTREA-POL-INGRESS-RULES', 'ip filter chain ANTREA-FORWARD'],
  })
  const left = await kernel.run('iptables-nft-save', '-t', 'filter')
  expect(left.match(/^(?:-A|:[^ ]*ANTREA).*$/gmu)).toEqual([
    expect.stringContaining(':MY-ANTREA-LIKE'),
    '-A FORWARD -g MY-ANTREA-LIKE',
  ])
})

test('chains of iptables-legacy go, table by table, and a rule keeps its words', async () => {
  const rules = [
    '*nat',
    ':ANTREA-POSTROUTING - [0:0]',
    ':KUBE-POSTROUTING - [0:0]',
    '-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING',
    '-A POSTROUTING -m comment --comment "Antrea: jump to \\"Antrea\\" postrouting rules" -j ANTREA-POSTROUTING',
    '-A POSTROUTING -m comment --comment "x -j ANTREA-POSTROUTING"',
    '-A ANTREA-POSTROUTING -s 10.244.1.0/24 -j MASQUERADE',
    'COMMIT',
    '*mangle',
    ':ANTREA-OUTPUT - [0:0]',
    '-A OUTPUT -j ANTREA-OUTPUT',
    '-A ANTREA-OUTPUT -m addrtype --src-type LOCAL -j MARK --set-xmark 0x80000000/0x80000000',
    'COMMIT',
  ]
  await kernel.run('sh', '-c', `printf '%s\n' "$@" | iptables-legacy-restore --noflush`, 'sh', ...rules)
  const {removed} = v.parse(swept, await kernel.ask('removeLeftovers'))
  expect(removed.toSorted()).toEqual([
    'ip mangle chain ANTREA-OUTPUT (legacy)',
    'ip nat chain ANTREA-POSTROUTING (legacy)',
  ])
  const left = await kernel.run('iptables-legacy-save')
  expect(left.match(/^-A .*$/gmu)).toEqual([
    '-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING',
    '-A POSTROUTING -m comment --comment "x -j ANTREA-POSTROUTING"',
  ])
  expect(left).not.toContain(':ANTREA')
  expect(await kernel.ask('removeLeftovers')).toEqual(nothing)
})

test("sets go with the rules that point to them; one that a user's rule points to stays, and is told", async () => {
  for (const name of ['ANTREA-POD-IP', 'CLUSTER-NODE-IP', 'ANTREA-POL-1', 'KUBE-POD-IP', 'ANTREA-NODEPORT-IP'])
    await kernel.ask('createSet', name)
  const rules = [
    '*nat',
    ':ANTREA-POSTROUTING - [0:0]',
    '-A ANTREA-POSTROUTING -m set ! --match-set ANTREA-POD-IP dst -j MASQUERADE',
    '-A POSTROUTING -m set --match-set ANTREA-NODEPORT-IP dst -j RETURN',
    'COMMIT',
  ]
  await kernel.run('sh', '-c', `printf '%s\n' "$@" | iptables-nft-restore --noflush`, 'sh', ...rules)
  const first = v.parse(swept, await kernel.ask('removeLeftovers'))
  expect(first.removed.toSorted()).toEqual([
    'ip nat chain ANTREA-POSTROUTING',
    'set ANTREA-POD-IP',
    'set ANTREA-POL-1',
    'set CLUSTER-NODE-IP',
  ])
  expect(first.left).toEqual(['set ANTREA-NODEPORT-IP: a rule of somebody else points to it'])
  await kernel.run('iptables-nft', '-t', 'nat', '-F', 'POSTROUTING')
  expect(await kernel.ask('removeLeftovers')).toEqual({removed: ['set ANTREA-NODEPORT-IP'], left: []})
  expect(await kernel.ask('removeLeftovers')).toEqual(nothing)
})

test("tables of Egress are emptied with the rules that lead there; a user's table of the same number is not", async () => {
  const lines = [
    'link add antrea-gw0 type veth peer name gw-end',
    'link set antrea-gw0 up',
    'link set gw-end up',
    'route add default via 169.254.0.251 dev antrea-gw0 onlink table 141',
    'route add 10.9.0.0/16 dev gw-end table 141',
    'link add antrea-ext.10 type veth peer name ext-end',
    'link set ext-end up',
    'link set antrea-ext.10 up',
    'rule add fwmark 0x3/0xff lookup 101',
    'rule add fwmark 0x4/0xff lookup 102',
    'route add default dev antrea-ext.10 table 101',
    'route add default dev gw-end table 102',
  ]
  for (const line of lines) await kernel.run('ip', ...line.split(' '))
  expect(await kernel.ask('removeLeftovers')).toEqual({
    removed: ['rule fwmark 0x3 lookup 101', '1 route of table 141', '1 route of table 101', 'device antrea-ext.10'],
    left: [],
  })
  expect((await kernel.run('ip', 'route', 'show', 'table', '141')).trim()).toBe('10.9.0.0/16 dev gw-end scope link')
  expect((await kernel.run('ip', 'route', 'show', 'table', '102')).trim()).toBe('default dev gw-end scope link')
  expect(await kernel.ask('removeLeftovers')).toEqual(nothing)
})

test("upstream's devices go, and the neighbours that it made for good on the gateway", async () => {
  const lines = [
    'link add antrea-wg0 type veth peer name wg-end',
    'link add antrea-egress0 type veth peer name egress-end',
    'link add antrea-mine0 type veth peer name mine-end',
    'neigh add 169.254.0.253 lladdr aa:bb:cc:dd:ee:ff nud permanent dev antrea-gw0',
    'neigh add 10.244.1.7 lladdr aa:bb:cc:dd:ee:01 nud permanent dev antrea-gw0',
    'neigh add 10.244.1.8 lladdr aa:bb:cc:dd:ee:ff nud permanent dev gw-end',
  ]
  for (const line of lines) await kernel.run('ip', ...line.split(' '))
  expect(await kernel.ask('removeLeftovers')).toEqual({
    removed: ['device antrea-wg0', 'device antrea-egress0', 'neighbour 169.254.0.253 of antrea-gw0'],
    left: [],
  })
  const links = await kernel.run('ip', '-o', 'link')
  expect(links).toContain('antrea-mine0')
  expect(links).not.toMatch(/antrea-(?:wg|egress)0/u)
  const neighbours = await kernel.run('ip', 'neigh', 'show', 'nud', 'permanent')
  expect(neighbours).toContain('10.244.1.7')
  expect(neighbours).toContain('10.244.1.8')
  expect(await kernel.ask('removeLeftovers')).toEqual(nothing)
})
