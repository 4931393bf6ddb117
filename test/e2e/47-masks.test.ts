import {afterEach, expect, test} from 'vitest'
import * as v from 'valibot'
import {antctl, lab} from '../long/other-lab.ts'

const report = v.object({
  results: v.array(v.object({from: v.string(), to: v.string(), form: v.string(), lost: v.number(), mtu: v.number()})),
  remarks: v.array(v.object({sentence: v.string(), remedy: v.string()})),
})
const sentence = 'n1, n2 with the mask /32: every peer is in another subnet'
const annotation = 'node.antrea.io/mac-address'
const annotations = () => lab('kubectl', 'get', 'node', 'n1', '-o', 'jsonpath={.metadata.annotations}')

afterEach(() => lab('down'))

test('with /32 masks tunnels carry, and the masks are told with their remedy', async () => {
  await lab('up', '--topology', 'host-masks', '--deploy')
  await lab('kubectl', 'annotate', 'node', 'n1', `${annotation}=0a:58:00:00:00:01`, 'example=kept')
  await antctl('set-mode', 'hybrid', '--yes')
  const probes = ['check', 'probes', '--forms', 'live,tunnelled', '--seconds', '1', '-o', 'json']
  const {results, remarks} = v.parse(report, JSON.parse(await antctl(...probes)))
  expect(results.map(({from, to, form, lost, mtu}) => `${from} ${to} ${form}: ${lost} lost, ${mtu}`)).toEqual([
    'n1 n2 live: 0 lost, 1450',
    'n1 n2 tunnelled: 0 lost, 1450',
    'n2 n1 live: 0 lost, 1450',
    'n2 n1 tunnelled: 0 lost, 1450',
  ])
  expect(remarks).toEqual([{sentence, remedy: expect.stringContaining('prefix')}])
  expect(await antctl('get', 'agentinfo')).toContain(sentence)
  // The next agent takes over what is there, and takes away what one of upstream wrote.
  const agents = ['-n', 'kube-system', 'pod', '-l', 'component=antrea-agent']
  await lab('kubectl', 'delete', ...agents, '--field-selector', 'spec.nodeName=n1')
  await lab('kubectl', 'wait', '--for=condition=Ready', ...agents, '--timeout=60s')
  await expect.poll(annotations, {timeout: 10_000}).not.toContain(annotation)
  expect(await annotations()).toContain('"kept"')
}, 240_000)
