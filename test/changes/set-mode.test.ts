import {describe, expect, test} from 'vitest'
import {parseCidr} from '../../src/model/address.ts'
import type {AgentInfo} from '../../src/model/agent-info.ts'
import type {TrafficMode} from '../../src/model/traffic-mode.ts'
import {configHash} from '../../src/changes/set-mode/hash.ts'
import type {ModePlan} from '../../src/changes/set-mode/mode-plan.ts'
import {parseTargetMode, planSetMode} from '../../src/changes/set-mode/plan.ts'
import type {FabricWay} from '../../src/diagnostics/paths/fabric.ts'
import {summariseWays} from '../../src/diagnostics/paths/fabric-summary.ts'
import {pairsOf} from '../../src/model/pair-group.ts'
import {agent, fourAgents} from '../diagnostics/agents.ts'

const encap = '# ours\ntrafficEncapMode: encap\n'
const hybrid = '# ours\ntrafficEncapMode: hybrid\n'

function running(mode: TrafficMode, config: string): readonly AgentInfo[] {
  return fourAgents.map((info) => ({
    ...info,
    networkInfo: {...info.networkInfo, trafficEncapMode: mode},
    config: {
      hash: configHash(config),
      source: 'configmap/antrea-config',
      lastChange: {time: '', result: 'applied', milliseconds: 9},
    },
  }))
}

/** Every pair that changes, one by one, in the order of the Nodes. */
function changedPairs({pairs, nodes}: ModePlan): readonly string[] {
  const names = nodes.map(({node}) => node)
  return pairs.groups
    .flatMap((group) => [...pairsOf(group, names)].map(({from, to}) => `${from} ${to} ${group.was} ${group.becomes}`))
    .toSorted()
}

function summaries(ways: readonly FabricWay[]) {
  return [...Map.groupBy(ways, ({from}) => from)].map(([from, of]) => summariseWays(from, of))
}

describe('the plan', () => {
  test('encap to hybrid changes only pairs of one subnet', () => {
    const plan = planSetMode({config: encap, infos: running('encap', encap)}, 'hybrid')
    expect(plan).toMatchObject({
      from: 'encap',
      to: 'hybrid',
      config: hybrid,
      hash: configHash(hybrid),
      writes: true,
      done: false,
      pairs: {changed: 4, all: 12},
    })
    expect(changedPairs(plan)).toEqual([
      'n1 n2 tunnelled routed',
      'n2 n1 tunnelled routed',
      'n3 n4 tunnelled routed',
      'n4 n3 tunnelled routed',
    ])
  })

  test('and back', () => {
    const plan = planSetMode({config: hybrid, infos: running('hybrid', hybrid)}, 'encap')
    expect(plan.pairs.groups.map(({was, becomes, count}) => `${count} ${was} ${becomes}`)).toEqual([
      '2 routed tunnelled',
      '2 routed tunnelled',
    ])
  })

  test('nothing to do', () => {
    expect(planSetMode({config: hybrid, infos: running('hybrid', hybrid)}, 'hybrid')).toMatchObject({
      writes: false,
      done: true,
      pairs: {changed: 0, all: 12, groups: []},
      phases: [],
    })
  })

  test('the configuration is right, but Nodes lag: nothing is written, but it is not done', () => {
    expect(planSetMode({config: hybrid, infos: running('encap', encap)}, 'hybrid')).toMatchObject({
      writes: false,
      done: false,
    })
  })

  test('an absent key means encap', () => {
    expect(planSetMode({config: '', infos: running('encap', '')}, 'hybrid')).toMatchObject({
      from: 'encap',
      config: 'trafficEncapMode: hybrid\n',
    })
  })

  test('masks that make the subnet doubtful are told, and the pairs that they change', () => {
    const masks = ['172.30.0.1/16', '172.30.1.2/24', '172.30.1.3/24', '172.30.9.4/32']
    const infos = running('encap', encap).map((info, at) => ({
      ...info,
      networkInfo: {...info.networkInfo, transportInterfaceIPs: [masks[at] ?? '']},
    }))
    const plan = planSetMode({config: encap, infos}, 'hybrid')
    expect(plan.subnets.map(({reason, nodes}) => [reason, ...nodes])).toEqual([
      ['host-mask', 'n4'],
      ['one-way', 'n1', 'n2'],
      ['one-way', 'n1', 'n3'],
      ['one-way', 'n1', 'n4'],
    ])
    expect(changedPairs(plan)).toEqual([
      'n1 n2 tunnelled routed',
      'n1 n3 tunnelled routed',
      'n1 n4 tunnelled routed',
      'n2 n3 tunnelled routed',
      'n3 n2 tunnelled routed',
    ])
    expect(planSetMode({config: hybrid, infos}, 'encap').subnets).toEqual([])
  })

  test('what some Nodes could not run is not written, and they are named', () => {
    const infos = running('encap', encap).map((info, at) => ({
      ...info,
      networkInfo: {...info.networkInfo, transportInterfaceMTU: at < 2 ? 1500 : 9000},
    }))
    const plan = () => planSetMode({config: `${encap}defaultMTU: 8000\n`, infos}, 'hybrid')
    expect(plan).toThrow(/^n1, n2: defaultMTU 8000 does not fit: the transport interface takes 1500 bytes, less 50/u)
  })

  test("where a cloud's network drops Pods' addresses, hybrid is refused for its Nodes and noEncap is not", () => {
    const facts = {
      config: encap,
      infos: running('encap', encap),
      nodes: new Map(
        ['aws', 'azure', 'azure'].map((provider, at) => {
          const name = `n${at + 1}`
          return [name, {name, provider, ready: true, cordoned: false, labels: {}}]
        }),
      ),
    }
    expect(() => planSetMode(facts, 'hybrid')).toThrow(/^n2, n3: trafficEncapMode hybrid does not work on Azure/u)
    expect(planSetMode(facts, 'noEncap').to).toBe('noEncap')
  })

  test('what every agent would refuse is told once, with the command that goes on', () => {
    const config = 'trafficEncapMode: noEncap\nnoSNAT: true\n'
    const plan = () => planSetMode({config, infos: running('noEncap', config)}, 'hybrid')
    expect(plan).toThrow(
      expect.objectContaining({
        code: 'MODE_REFUSED',
        message: 'antrea-agent.conf, line 2: noSNAT is only possible with trafficEncapMode noEncap, not with hybrid',
        remedy: ['antctl set-mode hybrid --snat', 'antctl set-mode noEncap --no-snat'],
      }),
    )
  })

  const wayOf = (from: string, to: number, more: Partial<FabricWay>): FabricWay => {
    const podCidr = parseCidr(`10.244.${to}.0/24`)
    return {
      from,
      to: `n${to}`,
      podCidr,
      verdict: 'router',
      via: '172.30.1.1',
      peerIp: `172.30.2.${10 + to}`,
      why: 'as told',
      sameSubnet: to < 3,
      ...more,
    }
  }

  test('noEncap: what routers must know is named, once for each of them', () => {
    const ways = [
      wayOf('n1', 3, {}),
      wayOf('n2', 3, {}),
      wayOf('n1', 4, {verdict: 'known'}),
      wayOf('n1', 2, {verdict: 'missing'}),
      wayOf('n2', 4, {verdict: 'known'}),
    ]
    const plan = planSetMode({config: encap, infos: running('encap', encap), ways: summaries(ways)}, 'noEncap')
    expect(plan.routers).toEqual([{via: '172.30.1.1', to: {only: ['n3']}, count: 1}])
    expect(new Set(plan.pairs.groups.map(({was, becomes}) => `${was} ${becomes}`))).toEqual(
      new Set(['tunnelled routed', 'tunnelled fabric']),
    )
    expect(plan.nodes[0]?.podMtu).toEqual({from: 1450, to: 1500})
  })

  test('noEncap: a Node without a way is named with what mends it, and nothing is written', () => {
    const ways = [
      wayOf('n1', 3, {}),
      wayOf('n2', 3, {verdict: 'missing', why: 'no route'}),
      wayOf('n2', 4, {verdict: 'missing'}),
    ]
    expect(() =>
      planSetMode({config: encap, infos: running('encap', encap), ways: summaries(ways)}, 'noEncap'),
    ).toThrow(
      expect.objectContaining({
        code: 'MODE_REFUSED',
        message:
          'noEncap needs routes that are not there: n2 knows no way to 10.244.3.0/24 of n3 but the tunnel, 2 such ways in all: no route',
        remedy: expect.arrayContaining(['ip route add 10.244.3.0/24 via 172.30.2.13 on the routers']),
      }),
    )
  })

  test.each([
    ['encap', true, /noSNAT is only possible/u],
    ['hybrid', true, /noSNAT is only possible/u],
  ] as const)('%s without SNAT is refused', (mode, noSNAT, sentence) => {
    expect(() => planSetMode({config: encap, infos: running('encap', encap)}, mode, {noSNAT})).toThrow(sentence)
  })

  test('noSNAT is switched with the mode, and alone; unsaid it stays', () => {
    const facts = {config: encap, infos: running('encap', encap)}
    const both = planSetMode(facts, 'noEncap', {noSNAT: true})
    expect(both).toMatchObject({
      config: '# ours\ntrafficEncapMode: noEncap\nnoSNAT: true\n',
      noSNAT: {from: false, to: true},
    })
    const {config} = both
    const on = {config, infos: running('noEncap', config)}
    expect(planSetMode(on, 'noEncap')).toMatchObject({writes: false, done: false, noSNAT: {from: true, to: true}})
    expect(planSetMode(on, 'noEncap', {noSNAT: false})).toMatchObject({writes: true, pairs: {changed: 0}})
    expect(planSetMode(on, 'hybrid', {noSNAT: false}).config).toBe('# ours\ntrafficEncapMode: hybrid\nnoSNAT: false\n')
  })

  test.each([
    ['encap', 'hybrid', {trafficEncapMode: 'antreanodeconfig/n2'}, /^n2 would not follow/u],
    ['encap', 'hybrid', {defaultMTU: 'antreanodeconfig/n2', trafficEncapMode: 'configmap/antrea-config'}, undefined],
    ['hybrid', 'hybrid', {trafficEncapMode: 'antreanodeconfig/n2'}, undefined],
  ] as const)('n2 runs %s, all are to run %s, and of n2 is %j', (runs, to, sources, sentence) => {
    const infos = running('encap', encap).map((info) =>
      info.metadata.name === 'n2'
        ? {
            ...info,
            networkInfo: {...info.networkInfo, trafficEncapMode: runs},
            config: {hash: '', source: '', ...info.config, sources},
          }
        : info,
    )
    const plan = () => planSetMode({config: encap, infos}, to)
    if (sentence === undefined) expect(plan().to).toBe(to)
    else expect(plan).toThrow(sentence)
  })

  test('the mode as typed', () => {
    expect(parseTargetMode('HYBRID')).toBe('hybrid')
    expect(() => parseTargetMode('networkPolicyOnly')).toThrow(/networkPolicyOnly is not available yet/u)
    expect(() => parseTargetMode('warp')).toThrow(/is not a traffic mode/u)
  })

  test.each([
    ['hybrid', encap, [], 'AGENT_MISSING', /no Antrea agent/u],
    ['hybrid', encap, [agent(1, 1, {agentConditions: []})], 'MODE_REFUSED', /agents of n1 do not take up/u],
    ['hybrid', 'trafficEncapMode: [\n', fourAgents, 'CONFIG_INVALID', /antrea-agent\.conf/u],
    ['hybrid', 'trafficEncryptionMode: wireGuard\n', fourAgents, 'CONFIG_INVALID', /wireGuard/u],
  ] as const)('%s is refused: case %#', (mode, config, infos, code, sentence) => {
    expect(() => planSetMode({config, infos}, mode)).toThrow(
      expect.objectContaining({code, message: expect.stringMatching(sentence)}),
    )
  })
})
