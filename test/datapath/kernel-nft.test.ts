import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, beforeEach, describe, expect, test} from 'vitest'
import {natRules, natRuleset} from '../../src/datapath/host/nft.ts'
import {parseCidr} from '../../src/model/address.ts'
import {startKernel, type TestKernel} from './kernel.ts'

let kernel: TestKernel
let folder: string
beforeAll(async () => {
  kernel = await startKernel('antctl-kn')
  folder = await mkdtemp(join(tmpdir(), 'nft-'))
  for (const name of ['eth1', 'web-1a2b3c', '0numbers']) {
    await kernel.run('ip', 'link', 'add', name, 'type', 'veth', 'peer', 'name', `${name}-p`)
  }
})
afterAll(async () => {
  await kernel[Symbol.asyncDispose]()
  await rm(folder, {recursive: true})
})
beforeEach(() => kernel.run('nft', 'flush', 'ruleset'))

const rules = {podCidr: parseCidr('10.244.1.0/24'), noSNAT: false, snatFullyRandomPorts: false}
const podCidrs = ['10.244.1.0/24', '10.244.2.0/24', '10.244.4.0/22']
const nothing = {rules: '', podCidrs: [], guards: [], strayGuards: []}

async function nftRun(...lines: readonly string[]): Promise<void> {
  const file = join(folder, 'ruleset')
  await writeFile(file, `${lines.join('\n')}\n`)
  await kernel.run('nft', '-f', file)
}

describe('table inet antctl', () => {
  test.each([rules, {...rules, noSNAT: true}, {...rules, podCidr: parseCidr('10.244.0.0/20')}])(
    'put by us or by nft(8) it is the same, and both are read as what was put: %j',
    async (wanted) => {
      const ruleset = natRuleset(wanted, podCidrs)
      await kernel.ask('put', ruleset)
      const [ours, seen] = [await kernel.run('nft', 'list', 'ruleset'), await kernel.ask('observeNft')]
      expect(seen).toEqual({...nothing, rules: natRules(wanted), podCidrs})
      await kernel.run('nft', 'flush', 'ruleset')
      await nftRun(ruleset)
      expect(await kernel.run('nft', 'list', 'ruleset')).toBe(ours)
      expect(await kernel.ask('observeNft')).toEqual(seen)
    },
  )

  test('as nft(8) prints it', async () => {
    await kernel.ask('put', natRuleset(rules, podCidrs))
    await expect(`${await kernel.run('nft', 'list', 'ruleset')}\n`).toMatchFileSnapshot('../golden/nft-inet.txt')
  })

  test('put again it takes the place of the one before, whatever that was', async () => {
    await nftRun('table inet antctl { map m { type ipv4_addr : verdict; }', 'chain odd { counter', '}', '}')
    await kernel.ask('put', natRuleset(rules, podCidrs))
    await kernel.ask('put', natRuleset({...rules, noSNAT: true}, podCidrs.slice(1)))
    expect(await kernel.ask('observeNft')).toEqual({
      ...nothing,
      rules: natRules({...rules, noSNAT: true}),
      podCidrs: podCidrs.slice(1),
    })
  })

  test('a set that nobody filled yet', async () => {
    await kernel.ask('put', natRuleset(rules, []))
    expect(await kernel.ask('observeNft')).toEqual({...nothing, rules: natRules(rules)})
  })

  test.each([
    ['a rule gone', 'flush chain inet antctl postrouting'],
    ['a rule more', 'insert rule inet antctl prerouting counter accept'],
    ['a rule twice', 'add rule inet antctl postrouting masquerade'],
    ['a policy', 'chain inet antctl prerouting { policy drop; }'],
    ['a chain more', 'add chain inet antctl forward { type filter hook forward priority 0; }'],
    ['a set more', 'add set inet antctl more { type ipv4_addr; }'],
    ['a range that is no network', 'add element inet antctl pod_cidrs { 10.250.0.1-10.250.0.9 }'],
    ['everything', 'flush ruleset'],
  ])('what others changed shows: %s', async (_, line) => {
    await kernel.ask('put', natRuleset(rules, podCidrs))
    await nftRun(line)
    expect(await kernel.ask('observeNft')).not.toMatchObject({rules: natRules(rules)})
    await kernel.ask('put', natRuleset(rules, podCidrs))
    expect(await kernel.ask('observeNft')).toEqual({...nothing, rules: natRules(rules), podCidrs})
  })

  test('podCIDRs come and go; twice the same is no error', async () => {
    await kernel.ask('put', natRuleset(rules, podCidrs))
    for (let time = 1; time <= 2; time++) {
      await kernel.ask('addPodCidrs', ['10.244.3.0/24', '10.244.1.0/24'])
      await kernel.ask('removePodCidrs', ['10.244.2.0/24', '10.99.0.0/16'])
      expect(await kernel.ask('observeNft')).toMatchObject({
        podCidrs: ['10.244.1.0/24', '10.244.3.0/24', '10.244.4.0/22'],
      })
    }
    await kernel.ask('addPodCidrs', [])
    await kernel.ask('removePodCidrs', podCidrs)
    await kernel.ask('removePodCidrs', ['10.244.3.0/24'])
    expect(await kernel.ask('observeNft')).toEqual({...nothing, rules: natRules(rules)})
    expect(await kernel.run('nft', 'list', 'set', 'inet', 'antctl', 'pod_cidrs')).not.toContain('elements')
  })

  test('5 000 podCIDRs', async () => {
    const many = Array.from({length: 5_000}, (_, index) => `100.${64 + Math.floor(index / 256)}.${index % 256}.0/24`)
    await kernel.ask('put', natRuleset(rules, many))
    expect(await kernel.ask('observeNft')).toMatchObject({podCidrs: many})
    await kernel.ask('removePodCidrs', many.slice(1))
    expect(await kernel.ask('observeNft')).toMatchObject({podCidrs: many.slice(0, 1)})
  })

  test('one that overlaps another is refused in a sentence, and nothing is changed', async () => {
    await kernel.ask('put', natRuleset(rules, podCidrs))
    await expect(kernel.ask('addPodCidrs', ['10.9.0.0/24', '10.244.0.0/16'])).rejects.toThrow(
      'add element inet antctl pod_cidrs { 10.9.0.0/24, 10.244.0.0/16 }',
    )
    expect(await kernel.ask('observeNft')).toMatchObject({podCidrs})
  })
})

describe('guards', () => {
  const guards = ['eth1', 'web-1a2b3c', '0numbers']

  test('each device has a chain of its own; twice the same is no error', async () => {
    for (let time = 1; time <= 2; time++) {
      await kernel.ask('guard', guards)
      expect(await kernel.ask('observeNft')).toEqual({...nothing, guards})
    }
    const printed = await kernel.run('nft', 'list', 'ruleset')
    for (const name of guards) {
      expect(printed).toContain(`type filter hook ingress device "${name}" priority -500; policy drop;`)
    }
    await kernel.ask('unguard', ['web-1a2b3c', 'never-there'])
    expect(await kernel.ask('observeNft')).toEqual({...nothing, guards: ['eth1', '0numbers']})
    await kernel.ask('unguard', guards)
    expect(await kernel.ask('observeNft')).toEqual(nothing)
  })

  test('nothing comes in by a guarded device, and everything again without the guard', async () => {
    const pod = await kernel.pod('one')
    await kernel.run('ip', 'link', 'add', 'cable', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', 'antctl-kn-one')
    await kernel.run('ip', 'address', 'add', '192.168.9.1/24', 'dev', 'cable')
    await kernel.run('ip', 'link', 'set', 'cable', 'up')
    await pod.run('ip', 'address', 'add', '192.168.9.2/24', 'dev', 'eth0')
    await pod.run('ip', 'link', 'set', 'eth0', 'up')
    const ping = () => pod.run('busybox', 'ping', '-c', '2', '-i', '0.1', '-W', '1', '192.168.9.1').catch(String)
    expect(await ping()).toContain('2 packets received')
    await kernel.ask('guard', ['cable'])
    expect(await ping()).toContain('100% packet loss')
    await kernel.ask('unguard', ['cable'])
    expect(await ping()).toContain('2 packets received')
    await kernel.run('ip', 'link', 'del', 'cable')
  })

  test('a device that is gone is no error, neither to guard nor to unguard', async () => {
    await kernel.run('ip', 'link', 'add', 'late', 'type', 'veth', 'peer', 'name', 'late-p')
    await kernel.ask('guard', ['late', 'eth1'])
    await kernel.run('ip', 'link', 'del', 'late')
    await kernel.ask('unguard', ['late'])
    await kernel.ask('guard', ['never-there', '0numbers'])
    await kernel.ask('unguard', ['never-there'])
    expect(await kernel.ask('observeNft')).toEqual({...nothing, guards: ['eth1', '0numbers']})
  })

  test('one that others changed, and chains beside them, are strays; guarding mends, unguarding removes', async () => {
    await kernel.ask('guard', guards)
    await nftRun(
      'add rule netdev antctl eth1 accept',
      'delete chain netdev antctl web-1a2b3c',
      'add chain netdev antctl web-1a2b3c { type filter hook ingress device "web-1a2b3c" priority 5; policy accept; }',
      'add chain netdev antctl ingress { type filter hook ingress device "eth1" priority -500; policy drop; }',
    )
    expect(await kernel.ask('observeNft')).toMatchObject({
      guards: ['0numbers'],
      strayGuards: ['eth1', 'web-1a2b3c', 'ingress'],
    })
    await kernel.ask('guard', ['eth1', 'web-1a2b3c'])
    await kernel.ask('unguard', ['ingress'])
    expect(await kernel.ask('observeNft')).toMatchObject({strayGuards: []})
    expect(await kernel.ask('observeNft')).toHaveProperty('guards.length', 3)
  })

  test("a table as an older agent's nft text made it is taken over", async () => {
    await nftRun(
      'table netdev antctl { chain ingress { type filter hook ingress devices = { "eth1", "web-1a2b3c" } priority -500; policy drop; }',
      '}',
    )
    await kernel.ask('guard', ['eth1'])
    await kernel.ask('unguard', ['ingress'])
    expect(await kernel.ask('observeNft')).toEqual({...nothing, guards: ['eth1']})
  })
})

test('tables of others are neither read nor touched', async () => {
  const foreign = 'table ip kube { chain x { type filter hook forward priority 0; policy accept; counter; }; }'
  await nftRun(foreign, 'table netdev other { chain eth1 { type filter hook ingress device "eth1" priority 0; }; }')
  const before = await kernel.run('nft', 'list', 'ruleset')
  expect(await kernel.ask('observeNft')).toEqual(nothing)
  await kernel.ask('put', natRuleset(rules, podCidrs))
  await kernel.ask('guard', ['eth1'])
  await kernel.ask('removeNftTables', ['inet antctl', 'netdev antctl'])
  await kernel.ask('removeNftTables', ['inet antctl', 'netdev antctl'])
  expect(await kernel.run('nft', 'list', 'ruleset')).toBe(before)
})
