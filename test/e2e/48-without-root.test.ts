import {existsSync} from 'node:fs'
import {afterAll, beforeAll, expect, test} from 'vitest'
import * as v from 'valibot'
import {echoPorts, toolboxPod} from '../../lab/toolbox-pod.ts'
import {type OrdinaryUser, ordinaryUser} from './ordinary-user.ts'

const namespace = 'pair'
const nodes = ['n1', 'n2'] as const
const stack = new AsyncDisposableStack()
let user: OrdinaryUser

beforeAll(async () => {
  user = stack.use(await ordinaryUser({range: 'granted'}))
  await user.lab('down')
})

afterAll(() => stack.disposeAsync())

test('an ordinary user starts a lab of two Nodes with the agent, and both are Ready', async () => {
  const start = performance.now()
  await user.lab('up', '--deploy', '--topology', 'one-subnet')
  console.log(`lab without root: ${((performance.now() - start) / 1000).toFixed(1)} s`)
  const ready = 'jsonpath={range .items[*]}{.metadata.name}={.status.conditions[?(@.type=="Ready")].status} {end}'
  expect(await user.lab('kubectl', 'get', 'nodes', '-o', ready)).toBe('n1=True n2=True ')
  expect(await user.processes()).not.toEqual([])
})

test('Pods of two Nodes reach each other with TCP and UDP', async () => {
  await user.apply({apiVersion: 'v1', kind: 'Namespace', metadata: {name: namespace}})
  await user.apply(...nodes.map((nodeName) => toolboxPod(nodeName, {namespace, nodeName})))
  const kubectl = (...args: readonly string[]) => user.lab('kubectl', '-n', namespace, ...args)
  await kubectl('wait', '--for=condition=Ready', 'pod', '--all', '--timeout=60s')
  const ip = await kubectl('get', 'pod', 'n2', '-o', 'jsonpath={.status.podIP}')
  for (const protocol of ['tcp', 'udp'] as const) {
    const flags = [`--${protocol}`, `${ip}:${echoPorts[protocol]}`, '--rate', '200', '--duration', '2']
    const text = await kubectl('exec', 'n1', '--', 'toolbox', 'send', ...flags)
    const {received, lost} = v.parse(tally, JSON.parse(text))
    expect({protocol, lost, isEnough: received > 300}).toEqual({protocol, lost: 0, isEnough: true})
  }
})

const tally = v.object({received: v.number(), lost: v.number()})

test('the verbs of the lab do what they do for root', async () => {
  expect(await user.lab('node', 'n2', 'hostname')).toBe('n2')
  await user.lab('cut', 'n1')
  expect(await user.lab('node', 'n1', 'ip', 'link', 'show', 'eth1')).toContain('NO-CARRIER')
  await user.lab('heal', 'n1')
  await user.lab('stop', 'n2')
  expect(await user.lab('status')).toMatch(/^n2 +off/mu)
  await user.lab('start', 'n2')
  const reach = () => user.antctl('check', 'reachability')
  await expect.poll(reach, {timeout: 60_000, interval: 1000}).toContain('all 2 pairs reach each other')
})

test('down leaves no process and no file', async () => {
  await user.lab('down')
  expect(await user.processes()).toEqual([])
  expect(existsSync(user.directory)).toBe(false)
})

test('who has no ids is told the command that grants some', async () => {
  await using poor = await ordinaryUser({range: 'none'})
  const refusal = /antctl-test has fewer in \/etc\/subuid.*try: sudo usermod --add-subuids 100000-165535/su
  await expect(poor.lab('up')).rejects.toThrow(refusal)
})
