import {setTimeout as sleep} from 'node:timers/promises'
import {expect, test} from 'vitest'
import {decodePacket} from '../../src/agent/probe/packet.ts'
import {RunningCount} from '../../src/agent/probe/running-count.ts'
import {SteadySender} from '../../src/agent/probe/steady-sender.ts'

/** A packet every 20 ms; "." came back after 1 ms, "x" did not. */
function counted(picture: string): RunningCount {
  const count = new RunningCount(20)
  for (const [at, mark] of Array.from(picture).entries()) {
    const sequence = count.take({clock: at * 20, awake: at * 20})
    if (mark === '.') count.heard(sequence, at * 20 + 1)
  }
  return count
}

test.each([
  ['.....', 0, 0],
  ['..x..', 1, 20],
  ['....x', 1, 20],
  ['.xx.x', 3, 40],
  ['.xxxx', 4, 80],
  ['', 0, 0],
])('%j: %i lost, %i ms silent', (picture, lost, longestGap) => {
  const count = counted(picture)
  count.settle({clock: 9_000, awake: 9_000})
  expect(count.account()).toMatchObject({sent: picture.length, lost, longestGap})
  expect(count.account()).toMatchObject({sent: picture.length, lost})
})

test('what was sent before the first answer counts only once a new stream has waited too long for it', () => {
  const count = counted('xxx..x.')
  count.settle({clock: 9_000, awake: 9_000})
  expect(count.account()).toMatchObject({sent: 4, lost: 1, longestGap: 20})
  const never = counted('x'.repeat(200))
  never.settle({clock: 9_000, awake: 9_000})
  expect([never.settled, never.account()]).toEqual([200, {sent: 50, lost: 50, longestGap: 1_000}])
})

test('a packet is lost when its time is over, and only the time counts in which the thread could listen', () => {
  const count = counted('.x..')
  count.settle({clock: 9_000, awake: 1_900})
  expect([count.taken, count.settled]).toEqual([4, 1])
  count.heard(1, 9_000)
  count.settle({clock: 9_000, awake: 1_900})
  expect(count.account()).toMatchObject({sent: 4, lost: 0, roundTrip: {median: 1, p99: 8_980}})
})

test('hours of packets take no more room than seconds of them', () => {
  const count = new RunningCount(1)
  for (let at = 0; at < 500_000; at++) {
    count.heard(count.take({clock: at, awake: at}), at)
    count.settle({clock: at, awake: at})
  }
  expect(count.account()).toEqual({sent: 500_000, lost: 0, longestGap: 0, roundTrip: {median: 0, p99: 0}})
  expect(JSON.stringify(count).length).toBeLessThan(100)
})

test('streams come and go: a new end is counted from nothing, and answers to an old one are nobody’s', async () => {
  const sent: {readonly ip: string; readonly bytes: Buffer}[] = []
  const sender = new SteadySender({order: 7, packetsPerSecond: 200, load: 800}, async ({ip}, bytes) => {
    sent.push({ip, bytes})
    const packet = decodePacket(bytes)
    if (packet !== undefined && ip !== 'old') sender.heard(packet, bytes.length)
    return true
  })
  const stop = new AbortController()
  const running = sender.run(stop.signal)
  const near = {to: 'n2', form: 'live', ip: 'near', toRun: 1} as const
  const old = {to: 'n3', form: 'live', ip: 'old', toRun: 2} as const
  sender.direct([near, old])
  await expect.poll(() => sent.filter(({ip}) => ip === 'old').length).toBeGreaterThan(3)
  sender.direct([near, {...old, ip: 'new', toRun: 3}])
  for (const {ip, bytes} of sent) {
    const packet = decodePacket(bytes)
    if (ip === 'old' && packet !== undefined) sender.heard(packet, bytes.length)
  }
  await expect.poll(() => sent.filter(({ip}) => ip === 'new').length).toBeGreaterThan(3)
  const [toNear, toNew] = await sender.account()
  expect(toNear).toMatchObject({to: 'n2', toRun: 1, lost: 0, longestGap: 0})
  expect(toNew).toMatchObject({to: 'n3', toRun: 3, lost: 0, longestGap: 0})
  expect(toNew?.sent).toBeLessThan(toNear?.sent ?? 0)
  sender.direct([])
  await sleep(10)
  expect(await sender.account()).toEqual([])
  stop.abort()
  await running
})

test('while there is room for a part of its rate alone, it sends that part', async () => {
  let [all, half] = [0, 0]
  const stream = {to: 'n2', form: 'live', ip: 'near', toRun: 1} as const
  const stop = new AbortController()
  const whole = new SteadySender({order: 1, packetsPerSecond: 200, load: 400}, async () => (all += 1) > 0)
  const shared = new SteadySender(
    {order: 2, packetsPerSecond: 200, load: 400},
    async () => (half += 1) > 0,
    () => 0.5,
  )
  const running = [whole, shared].map((sender) => {
    sender.direct([stream])
    return sender.run(stop.signal)
  })
  await expect.poll(() => all).toBeGreaterThan(60)
  stop.abort()
  await Promise.all(running)
  expect(half / all).toBeGreaterThan(0.4)
  expect(half / all).toBeLessThan(0.6)
})
