import {expect, test} from 'vitest'
import type {Roads} from '../../src/cluster/road-agents.ts'
import {openHurry} from '../../src/commands/face/hurry.ts'
import {AntctlError, sentenceOf} from '../../src/model/errors.ts'

const refuse = () => Promise.reject(new Error('nobody asks for it'))

/** Two Nodes: n1 answers at once, n2 when it is told to. */
function world() {
  const waiting: PromiseWithResolvers<string>[] = []
  const ask = async (node: string) => {
    if (node === 'n1') return 'n1'
    const question = Promise.withResolvers<string>()
    waiting.push(question)
    return question.promise
  }
  const roads: Roads = {
    nodes: ['n1', 'n2'],
    ask,
    askText: ask,
    listen: refuse,
    fetch: refuse,
    [Symbol.asyncDispose]: async () => undefined,
  }
  const hurry = openHurry(300)
  const look = async () => {
    const {ask: hurried} = hurry.over({roads}).roads
    const settled = await Promise.allSettled(roads.nodes.map((node) => hurried(node, '/x')))
    return settled.map((one) => (one.status === 'fulfilled' ? one.value : sentenceOf(one.reason)))
  }
  return {hurry, look, waiting}
}

const waitedFor = /^the agent on n2 has not answered for \d+ s, and is given 0.3 s for a question$/u

test('one Node that hangs keeps nobody waiting, and its answer is for who asks next', async () => {
  const {hurry, look, waiting} = world()
  expect(await look()).toEqual(['n1', expect.stringMatching(waitedFor)])
  expect(hurry.late()).toMatchObject([{node: 'n2', limit: 300}])
  expect(await look()).toEqual(['n1', expect.stringMatching(waitedFor)])
  expect(waiting).toHaveLength(1)
  waiting[0]?.resolve('n2, at last')
  await expect.poll(() => hurry.late()).toEqual([])
  expect(await look()).toEqual(['n1', 'n2, at last'])
})

test('a question that came to nothing is told of, and asked anew', async () => {
  const {hurry, look, waiting} = world()
  await look()
  waiting[0]?.reject(new AntctlError('AGENT_UNREACHABLE', 'agent of n2: no answer within 8 s'))
  expect(await look()).toEqual(['n1', 'agent of n2: no answer within 8 s'])
  expect((await look())[1]).toMatch(/^agent of n2: no answer within 8 s; it has not answered for \d+ s$/u)
  expect(hurry.late()).toMatchObject([{node: 'n2', failure: 'agent of n2: no answer within 8 s'}])
  waiting[1]?.resolve('n2')
  await expect.poll(() => hurry.late()).toEqual([])
})
