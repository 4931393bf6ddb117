import {describe, expect, test} from 'vitest'
import {parseBounded} from '../../src/cluster/bounded-json.ts'
import {groupAlike} from '../../src/diagnostics/facts/alike.ts'
import {configRows} from '../../src/diagnostics/facts/config-rows.ts'
import {destinations} from '../../src/diagnostics/facts/destinations.ts'
import {fromEachNode} from '../../src/diagnostics/facts/each-node.ts'
import {parseMetrics} from '../../src/diagnostics/facts/metrics.ts'
import {onlyOwn} from '../../src/diagnostics/facts/own-agents.ts'
import {AntctlError} from '../../src/model/errors.ts'
import {agent, fourAgents} from './agents.ts'

const upstream = agent(9, 1, {agentConditions: []})

describe('every Node is asked, whatever others do', () => {
  const ask = async (node: string) => {
    if (node === 'n2') throw new AntctlError('AGENT_UNREACHABLE', 'no answer')
    return node
  }
  test('partial results are kept', async () => {
    const {answers, failures} = await fromEachNode(['n1', 'n2', 'n3'], ask)
    expect(answers.map(({node}) => node)).toEqual(['n1', 'n3'])
    expect(failures).toMatchObject([{node: 'n2', error: {code: 'AGENT_UNREACHABLE'}}])
  })
  test('where none answers, the first reason ends it', async () => {
    await expect(fromEachNode(['n2'], ask)).rejects.toThrow('no answer')
  })
  test('after the deadline, that is the reason', async () => {
    const late = AbortSignal.abort(new AntctlError('TIMEOUT', 'not done after 1 s'))
    const {failures} = await fromEachNode(['n1', 'n2'], ask, late)
    expect(failures).toMatchObject([{node: 'n2', error: {code: 'TIMEOUT'}}])
  })
})

test('Nodes that say the same share a row', () => {
  const gate = {name: 'Egress', status: 'Disabled'}
  const answers = [
    {node: 'n1', answer: [gate]},
    {node: 'n2', answer: [{...gate, status: 'Enabled'}]},
    {node: 'n3', answer: [gate]},
  ]
  expect(groupAlike(answers)).toEqual([
    {...gate, nodes: ['n1', 'n3']},
    {...gate, status: 'Enabled', nodes: ['n2']},
  ])
})

test('Prometheus text, its escapes and what is no sample', () => {
  const text = [
    '# HELP a_b of things',
    'a_b{table_id="3",name="x \\"y\\" \\\\ \\n,}"} 4',
    'bare 1.5e3 1700000000',
    'never +Inf',
    'not a sample',
    '',
  ].join('\n')
  expect(parseMetrics(text)).toEqual([
    {metric: 'a_b', labels: {table_id: '3', name: 'x "y" \\ \n,}'}, value: 4},
    {metric: 'bare', labels: {}, value: 1500},
    {metric: 'never', labels: {}, value: Infinity},
  ])
})

test('the configuration that runs, and of upstream the one that is written', async () => {
  const own = fourAgents.map((info, at) => ({
    ...info,
    config: {
      hash: 'x',
      source: 'configmap/antrea-config',
      values: {trafficEncapMode: at === 3 ? 'encap' : 'hybrid', noSNAT: false},
      sources: {trafficEncapMode: at === 3 ? 'antreanodeconfig/n4' : 'configmap/antrea-config'},
    },
  }))
  expect(await configRows(own, () => Promise.reject(new Error('not asked')))).toEqual([
    {key: 'noSNAT', value: false, source: 'default', nodes: ['n1', 'n2', 'n3', 'n4']},
    {key: 'trafficEncapMode', value: 'hybrid', source: 'configmap/antrea-config', nodes: ['n1', 'n2', 'n3']},
    {key: 'trafficEncapMode', value: 'encap', source: 'antreanodeconfig/n4', nodes: ['n4']},
  ])
  const text = 'trafficEncapMode: encap\nwireGuard:\n  port: 51820\n'
  const source = 'configmap/antrea-config, as written'
  expect(await configRows([upstream], async () => text)).toEqual([
    {key: 'trafficEncapMode', value: 'encap', source, nodes: ['n9']},
    {key: 'wireGuard.port', value: 51_820, source, nodes: ['n9']},
  ])
})

test('addresses and routes have the name of their Node', () => {
  const {nodeOfAddress, nodeOfRoute} = destinations(fourAgents)
  expect(nodeOfRoute('10.244.3.0/24')).toEqual({for: 'n3'})
  expect(nodeOfRoute('0.0.0.0/0')).toEqual({})
  expect(nodeOfAddress('172.30.1.12')).toEqual({for: 'n2'})
  expect(nodeOfAddress('not an address')).toEqual({})
})

test('what an upstream agent does not tell is said, with what to ask instead', () => {
  const check = onlyOwn([...fourAgents, upstream], {what: 'their routes', instead: 'kubectl exec POD -- ip route'})
  expect(() => check('n1')).not.toThrow()
  try {
    check('n9')
    expect.unreachable()
  } catch (error) {
    expect(error).toMatchObject({code: 'NOT_AVAILABLE', remedy: ['kubectl exec antrea-agent-9 -- ip route']})
  }
})

describe('JSON of bounded depth', () => {
  test.each([
    ['[[["a]["]]]', [[['a][']]]],
    ['{"a":"\\"["}', {a: '"['}],
    ['3', 3],
  ])('%s', (body, value) => {
    expect(parseBounded(body)).toEqual(value)
  })
  test('a hundred thousand brackets are refused before anybody walks them', () => {
    expect(() => parseBounded('['.repeat(100_000) + ']'.repeat(100_000))).toThrow(/nested deeper/u)
  })
})
