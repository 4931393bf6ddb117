import type {NodeNetwork} from '../../src/model/node-network.ts'
import {Ledger} from '../../src/datapath/plan/ledger.ts'
import {changedSlices} from '../../src/datapath/plan/slices.ts'

/** All that a Node must hold for this network; nothing is left to take. */
export function ledgerOf(network: NodeNetwork): Ledger {
  const ledger = new Ledger()
  for (const {owner, slice} of changedSlices(undefined, network)) ledger.put(owner, slice)
  ledger.take()
  return ledger
}

/** Runs what yields to its end at once. */
export function finish<T>(work: Generator<unknown, T>): T {
  for (;;) {
    const {done, value} = work.next()
    if (done === true) return value
  }
}
