import {describe, expect, test} from 'vitest'
import {readIptables, readNftables} from '../../src/agent/api/service-way.ts'
import {parseLookup} from '../../src/agent/api/switch-way.ts'
import {readMessage} from '../../src/datapath/machine/echo.ts'

const iptables = `*nat
-A KUBE-NODEPORTS -p tcp -m comment --comment "e2e/web" -m tcp --dport 30080 -j KUBE-EXT-WEB
-A KUBE-EXT-WEB -m comment --comment "masquerade traffic for e2e/web external destinations" -j KUBE-MARK-MASQ
-A KUBE-EXT-WEB -j KUBE-SVC-WEB
-A KUBE-SEP-ONE -s 10.244.3.2/32 -m comment --comment "e2e/web" -j KUBE-MARK-MASQ
-A KUBE-SEP-ONE -p tcp -m comment --comment "e2e/web" -m tcp -j DNAT --to-destination 10.244.3.2:7003
-A KUBE-SEP-TWO -p tcp -m comment --comment "e2e/web" -m tcp -j DNAT --to-destination 10.244.2.2:7003
-A KUBE-SERVICES -d 10.96.0.5/32 -p tcp -m comment --comment "e2e/web cluster IP" -m tcp --dport 80 -j KUBE-SVC-WEB
-A KUBE-SVC-WEB ! -s 10.244.0.0/16 -d 10.96.0.5/32 -p tcp -m comment --comment "e2e/web cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ
-A KUBE-SVC-WEB -m comment --comment "e2e/web -> 10.244.3.2:7003" -m statistic --mode random --probability 0.5 -j KUBE-SEP-ONE
-A KUBE-SVC-WEB -m comment --comment "e2e/web -> 10.244.2.2:7003" -j KUBE-SEP-TWO
COMMIT`

const nftables = `table ip kube-proxy {
	map service-ips {
		type ipv4_addr . inet_proto . inet_service : verdict
		elements = { 10.96.0.5 . tcp . 80 : goto service-AAAA-e2e/web/tcp/ }
	}

	chain service-AAAA-e2e/web/tcp/ {
		ip daddr 10.96.0.5 tcp dport 80 ip saddr != 10.244.0.0/16 jump mark-for-masquerade
		numgen random mod 2 vmap { 0 : goto endpoint-BBBB-e2e/web/tcp/__10.244.2.2/7003, 1 : goto endpoint-CCCC-e2e/web/tcp/__10.244.3.2/7003 }
	}

	chain endpoint-BBBB-e2e/web/tcp/__10.244.2.2/7003 {
		ip saddr 10.244.2.2 jump mark-for-masquerade
		meta l4proto tcp dnat to 10.244.2.2:7003
	}

	chain endpoint-CCCC-e2e/web/tcp/__10.244.3.2/7003 {
		ip saddr 10.244.3.2 jump mark-for-masquerade
		meta l4proto tcp dnat to 10.244.3.2:7003
	}
}`

const web = {ip: '10.96.0.5', port: 80, protocol: 'tcp'}

describe('what kube-proxy has put for a Service', () => {
  test('iptables: from chain to chain', () => {
    const found = readIptables(iptables, web)
    expect(found?.endpoints).toEqual(['10.244.3.2:7003', '10.244.2.2:7003'])
    expect(found?.rules.map((line) => line.split(' ')[1])).toEqual([
      'KUBE-SERVICES',
      'KUBE-SVC-WEB',
      'KUBE-SEP-ONE',
      'KUBE-SVC-WEB',
      'KUBE-SEP-TWO',
    ])
    expect(found?.masquerade).toMatch(/^-A KUBE-SVC-WEB ! -s 10\.244\.0\.0\/16/u)
  })
  test('iptables: a NodePort, for which every source is replaced', () => {
    const found = readIptables(iptables, {...web, ip: '172.30.1.11', port: 30_080})
    expect(found?.endpoints).toHaveLength(2)
    expect(found?.masquerade).toMatch(/^-A KUBE-EXT-WEB/u)
  })
  test('nftables: by its map', () => {
    expect(readNftables(nftables, web)).toEqual({
      rules: [
        '10.96.0.5 . tcp . 80 : goto service-AAAA-e2e/web/tcp/',
        'dnat to 10.244.2.2:7003',
        'dnat to 10.244.3.2:7003',
      ],
      endpoints: ['10.244.2.2:7003', '10.244.3.2:7003'],
      masquerade: 'ip daddr 10.96.0.5 tcp dport 80 ip saddr != 10.244.0.0/16 jump mark-for-masquerade',
    })
  })
  test.each([
    ['another port', {...web, port: 81}],
    ['another protocol', {...web, protocol: 'udp'}],
    ['an address that only begins alike', {...web, ip: '10.96.0.50'}],
  ])('%s is not translated', (_, asked) => {
    expect([readIptables(iptables, asked), readNftables(nftables, asked)]).toEqual([undefined, undefined])
  })
})

test.each([
  [
    'a router',
    'src 172.30.1.11\ngateway 172.30.1.1\ndev br-phy\n',
    {dev: 'br-phy', via: '172.30.1.1', src: '172.30.1.11'},
  ],
  ['a neighbour', 'src 172.30.1.11\ngateway ::\ndev br-phy\n', {dev: 'br-phy', src: '172.30.1.11'}],
  ['nothing', 'Not found\n', undefined],
])("Open vSwitch's own route: %s", (_, text, way) => {
  expect(parseLookup(text)).toEqual(way)
})

describe('what comes back of a ping', () => {
  const ip = (source: string, ...rest: readonly number[]) =>
    Buffer.from([0x45, 0, 0, 0, 0, 0, 0, 0, 64, 1, 0, 0, ...source.split('.').map(Number), 10, 0, 0, 1, ...rest])
  const echo = (type: number, identity: number, sequence: number) => [
    type,
    0,
    0,
    0,
    identity >> 8,
    identity & 255,
    0,
    sequence,
  ]
  const error = (type: number, code: number, mtu: number) => [type, code, 0, 0, 0, 0, mtu >> 8, mtu & 255]
  const ours = [...ip('10.244.1.1', ...echo(8, 77, 3))]
  test.each([
    ['an answer', ip('10.244.3.1', ...echo(0, 77, 3)), {sequence: 3}],
    ["somebody else's answer", ip('10.244.3.1', ...echo(0, 78, 3)), undefined],
    ['a question of our own', ip('10.244.3.1', ...echo(8, 77, 3)), undefined],
    [
      'no route',
      ip('172.30.1.1', ...error(3, 0, 0), ...ours),
      {sequence: 3, said: '172.30.1.1 says: no route to that network'},
    ],
    [
      'too big',
      ip('172.30.1.1', ...error(3, 4, 1400), ...ours),
      {sequence: 3, said: '172.30.1.1 says: a packet of that size does not fit, 1400 bytes would'},
    ],
    [
      "what is said of somebody else's",
      ip('172.30.1.1', ...error(3, 1, 0), ...ip('10.244.1.1', ...echo(8, 9, 3))),
      undefined,
    ],
    ['bytes that end too early', ip('172.30.1.1', 3, 1, 0), undefined],
  ])('%s', (_, packet, heard) => {
    expect(readMessage(packet, 77)).toEqual(heard)
  })
})
