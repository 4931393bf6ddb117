import {beforeAll, expect, test} from 'vitest'
import * as v from 'valibot'
import {deploy, down, prepare, up} from '../../lab/lab.ts'
import {kubectl, lab} from './cluster.ts'

const nodes = v.object({
  items: v.array(
    v.object({
      metadata: v.object({name: v.string()}),
      status: v.object({conditions: v.array(v.object({type: v.string(), status: v.string()}))}),
    }),
  ),
})

async function readiness(): Promise<readonly (readonly [string, string | undefined])[]> {
  const {items} = v.parse(nodes, JSON.parse(await kubectl('get', 'nodes', '-o', 'json')))
  return items.map(({metadata, status}) => [
    metadata.name,
    status.conditions.find(({type}) => type === 'Ready')?.status,
  ])
}

beforeAll(async () => {
  await down()
  await prepare()
})

test('up: four Nodes, registered and NotReady, because no CNI is there', async () => {
  const start = performance.now()
  await up()
  console.log(`lab up: ${((performance.now() - start) / 1000).toFixed(1)} s`)
  expect(await readiness()).toEqual(['n1', 'n2', 'n3', 'n4'].map((name) => [name, 'False']))
})

test('up again changes nothing and says so', async () => {
  expect(await lab('status')).toContain('n4')
  await up()
})

test('up --deploy: all are Ready through our own conflist', async () => {
  const start = performance.now()
  await deploy()
  console.log(`lab deploy: ${((performance.now() - start) / 1000).toFixed(1)} s`)
  expect(await readiness()).toEqual(['n1', 'n2', 'n3', 'n4'].map((name) => [name, 'True']))
  for (const node of ['n1', 'n4']) expect(await lab('node', node, 'ls', '/etc/cni/net.d')).toBe('10-antrea.conflist')
})
