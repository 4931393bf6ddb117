import {afterAll, beforeAll, expect, test} from 'vitest'
import {startKernel, type TestKernel} from './kernel.ts'

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
  expect(await kernel.ask('removeLeftovers')).toEqual([
    'ip raw chain ANTREA-PREROUTING',
    'ip nat chain ANTREA-PREROUTING',
    'ip nat chain ANTREA-POSTROUTING',
    'ip table antrea',
    'rule fwmark 0x40000000 lookup 141',
  ])
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
  expect(await kernel.ask('removeLeftovers')).toEqual([])
})
