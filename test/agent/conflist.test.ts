import {setTimeout as sleep} from 'node:timers/promises'
import {pino} from 'pino'
import {afterEach, expect, test} from 'vitest'
import {keepConflist} from '../../src/agent/conflist.ts'
import {openStore} from '../../src/agent/state.ts'

const log = pino({level: 'silent'})
const stop: AbortController[] = []
afterEach(() => stop.splice(0).forEach((one) => one.abort()))
const well = {
  ovsdbTrouble: undefined,
  openflowTrouble: undefined,
  dataplaneTrouble: undefined,
  wiringTrouble: undefined,
}

function started({patience = 10_000, failures = 0}: {readonly patience?: number; readonly failures?: number} = {}) {
  const store = openStore()
  const done: string[] = []
  const abort = new AbortController()
  stop.push(abort)
  let left = failures
  const install = async () => {
    if (left-- > 0) throw new Error('a full disk')
    done.push('install')
  }
  const withdraw = async () => {
    done.push('withdraw')
  }
  const ended = keepConflist({store, log, signal: abort.signal, install, withdraw, patience})
  const until = async (count: number) => {
    while (done.length < count) await sleep(1)
    return done
  }
  return {store, done, until, abort, ended}
}

test('the list comes when the agent serves, and a short trouble leaves it there', async () => {
  const {store, done, until, abort, ended} = started()
  await sleep(5)
  expect(done).toEqual([])
  store.update(well)
  await until(1)
  store.update({dataplaneTrouble: 'ovs-vswitchd is gone'})
  await sleep(5)
  store.update({dataplaneTrouble: undefined})
  await sleep(5)
  abort.abort()
  await ended
  expect(done).toEqual(['install'])
})

test('after a long trouble it is withdrawn, and put again after that', async () => {
  const {store, until} = started({patience: 1})
  expect(await until(1)).toEqual(['withdraw'])
  store.update(well)
  expect(await until(2)).toEqual(['withdraw', 'install'])
  store.update({ovsdbTrouble: 'gone'})
  expect(await until(3)).toEqual(['withdraw', 'install', 'withdraw'])
})

test('a list that could not be written is written a moment later', async () => {
  const {store, until} = started({failures: 1})
  store.update(well)
  expect(await until(1)).toEqual(['install'])
})
