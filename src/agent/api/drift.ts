import type {Deviation, Drift} from '../../model/agent-api.ts'
import {AntctlError} from '../../model/errors.ts'
import type {Datapath} from '../datapath.ts'
import {networkOf} from '../network.ts'
import {withOwnerInWords} from '../owner-words.ts'
import type {AgentState} from '../state.ts'

export interface DriftSources {
  readonly now: () => AgentState
  /** Throws while Open vSwitch is away. */
  readonly datapath: () => Pick<Datapath, 'drift'>
}

/** One comparison at a time: however many ask, the switch is dumped once. */
export function openDrift(sources: DriftSources): () => Promise<Drift> {
  let running: Promise<Drift> | undefined
  return () => {
    running ??= driftNow(sources).finally(() => {
      running = undefined
    })
    return running
  }
}

async function driftNow({now, datapath}: DriftSources): Promise<Drift> {
  const found = await datapath().drift()
  const state = now()
  if (found === undefined) throw new AntctlError('MACHINE', state.dataplaneTrouble ?? 'nothing is installed yet')
  const network = networkOf(state)
  const {wiringTrouble} = state
  const ports: readonly Deviation[] =
    wiringTrouble === undefined ? [] : [{kind: 'port', problem: 'different', what: wiringTrouble, owner: 'every Node'}]
  return {
    comparedAt: new Date().toISOString(),
    total: found.total + ports.length,
    deviations: [...ports, ...found.deviations.map((deviation) => withOwnerInWords(deviation, network))],
  }
}
