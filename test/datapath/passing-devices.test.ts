import {execa} from 'execa'
import {afterAll, beforeAll, expect, test} from 'vitest'
import * as v from 'valibot'
import {startHands} from './hands-of.ts'
import {sum, unlessTheMachineStalls} from './machine-stalls.ts'
import {patience} from './patience.ts'
import {inside, podIp, startUnderlay, topology} from './underlay.ts'
import {listen, startTraffic} from './wire.ts'

const datagrams = v.object({sent: v.number(), lost: v.number(), twice: v.number()})
const undo = new AsyncDisposableStack()

beforeAll(async () => {
  const underlay = undo.use(await startUnderlay())
  for (const spec of topology) {
    await undo.use(startHands(spec, underlay.runDirOf(spec.name))).become({mode: 'encap'})
    for (const pod of spec.pods) undo.use(await listen(pod))
  }
})

afterAll(() => undo.disposeAsync())

/** Each as long as a program takes to start: two or three milliseconds apart. */
const passage = `
for n in $(seq "$1"); do
  ip link add passing type veth peer name by
  ip link set passing up
  ip link set by up
  ip address add 192.0.2.1/24 dev by
  ip route add 198.51.100.0/24 via 192.0.2.2
  ip link del passing
done`
const passages = Math.ceil(60 / patience)

test('devices, addresses and routes that come and go on both Nodes: no tunnel loses anything', async () => {
  const pairs = [
    ['p1b', 'the same Node'],
    ['p2a', 'the same subnet'],
    ['p3a', 'across subnets'],
  ] as const
  const {missing} = await unlessTheMachineStalls(async () => {
    const running = await Promise.all(pairs.map(([pod]) => startTraffic('p1a', podIp(pod), 7000, 'steady')))
    await Promise.all(
      topology.map(({name}) => execa('ip', inside(name, 'sh', ['-c', passage, 'passage', String(passages)]))),
    )
    const results = await Promise.all(running.map(async ({finish}) => v.parse(datagrams, await finish())))
    const told = results.map(({lost, sent}, at) => `${lost} of ${sent} to ${pairs[at]?.[1]}`)
    process.stdout.write(`${passages} devices on each Node: ${told.join(', ')}\n`)
    const [control = 0, ...others] = results.map(({lost, twice}) => lost + twice)
    return {missing: sum(others), isControlWhole: control === 0}
  })
  expect(missing).toBe(0)
})
