import {expect, test} from 'vitest'
import {parseIp} from '../../src/model/address.ts'
import type {EndWish, NodeEnd} from '../../src/agent/probe/end.ts'
import {shareEnd} from '../../src/agent/probe/shared-end.ts'

const ip = parseIp('10.244.1.9')
const work = {packetsPerSecond: 50, load: 200}

/** Ends that remember what became of them; each takes its time. */
function fakeEnds() {
  const did: string[] = []
  const later = () => Promise.resolve()
  let trouble = false
  const open = async (): Promise<NodeEnd> => {
    await later()
    did.push('open')
    return {
      addresses: {live: ip, routed: ip, tunnelled: ip},
      deviceMtu: 1500,
      podMtu: () => 1450,
      aim: async ({peers, forms}: EndWish) => {
        await later()
        if (trouble) throw new Error('no flows')
        did.push(`aim ${peers.join(',')} ${forms.join(',')}`)
      },
      send: async () => [],
      direct: () => undefined,
      account: async () => [],
      stop: (order) => void did.push(`stop ${order}`),
      [Symbol.asyncDispose]: async () => {
        await later()
        did.push('close')
      },
    }
  }
  return {did, take: shareEnd(open), setTrouble: (now: boolean) => (trouble = now)}
}

test('all sessions share one end: made for the first, aimed at the peers of all, gone with the last', async () => {
  const {did, take} = fakeEnds()
  const [first, second] = await Promise.all([take(['n2'], ['live']), take(['n3', 'n2'], ['routed', 'live'])])
  expect(did).toEqual(['open', 'aim n2 live', 'aim n2,n3 live,routed'])
  second.direct({...work, order: 7}, [])
  await second[Symbol.asyncDispose]()
  expect(did.splice(0).slice(3)).toEqual(['stop 7', 'aim n2 live'])
  first.direct({...work, order: 8}, [])
  first.direct({...work, order: 8}, [])
  await first[Symbol.asyncDispose]()
  expect(did).toEqual(['stop 8', 'close'])
})

test('who comes while the last one goes has an end of its own, made afterwards', async () => {
  const {did, take} = fakeEnds()
  const first = await take(['n2'], ['live'])
  const gone = first[Symbol.asyncDispose]()
  const second = await take(['n3'], ['live'])
  await gone
  expect(did).toEqual(['open', 'aim n2 live', 'close', 'open', 'aim n3 live'])
  await second[Symbol.asyncDispose]()
})

test('who cannot be aimed at gets nothing, and nothing is left of it', async () => {
  const {did, take, setTrouble} = fakeEnds()
  setTrouble(true)
  await expect(take(['n2'], ['live'])).rejects.toThrow('no flows')
  expect(did).toEqual(['open', 'close'])
  setTrouble(false)
  const first = await take(['n2'], ['live'])
  setTrouble(true)
  await expect(take(['n3'], ['live'])).rejects.toThrow('no flows')
  expect(did.at(-1)).toBe('aim n2 live')
  await first[Symbol.asyncDispose]()
  expect(did.at(-1)).toBe('close')
})
