import {setTimeout as sleep} from 'node:timers/promises'
import {expect, test} from 'vitest'
import {startReconciler} from '../../src/agent/reconcile.ts'
import {AntctlError} from '../../src/model/errors.ts'

test('requests that come during a pass share the next one', async () => {
  let passes = 0
  const {request} = startReconciler({
    pass: async () => {
      passes++
      await sleep(5)
    },
    onFailure: () => undefined,
  })
  const first = request()
  await sleep(1)
  await Promise.all([request(), request(), request(), first])
  expect(passes).toBe(2)
})

test('requests in one breath share one pass', async () => {
  let passes = 0
  const {request} = startReconciler({pass: async () => void passes++, onFailure: () => undefined})
  await Promise.all([request(), request()])
  expect(passes).toBe(1)
})

test('never two passes at a time', async () => {
  let running = 0
  let most = 0
  const {request} = startReconciler({
    pass: async () => {
      most = Math.max(most, ++running)
      await sleep(1)
      running--
    },
    onFailure: () => undefined,
  })
  for (let i = 0; i < 10; i++) {
    void request()
    await sleep(0)
  }
  await request()
  expect(most).toBe(1)
})

test('a pass that failed rejects who asked for it, and is tried again by itself', async () => {
  const failures: string[] = []
  let passes = 0
  const {promise: mended, resolve} = Promise.withResolvers<void>()
  const {request} = startReconciler({
    retryAfter: 1,
    pass: async () => {
      if (++passes === 1) throw new AntctlError('MACHINE', 'the switch said no')
      resolve()
    },
    onFailure: ({message}) => failures.push(message),
  })
  await expect(request()).rejects.toThrow('the switch said no')
  await mended
  expect(failures).toEqual(['the switch said no'])
})

test('after the stop nothing is begun', async () => {
  const {request, stop} = startReconciler({pass: async () => undefined, onFailure: () => undefined})
  await stop()
  await expect(request()).rejects.toThrow('stopping')
})
