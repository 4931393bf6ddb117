import {AntctlError} from '../../model/errors.ts'
import type {ChangeCluster} from './cluster.ts'
import type {HeldLease} from './lease.ts'

export interface Patience {
  readonly lease: Pick<HeldLease, 'keep'>
  /** Throws to stop waiting. */
  readonly goOn: () => void
  readonly onWait: (why: string) => void
}

/** Milliseconds for which an API server that does not answer is waited for, and between two tries. */
const longest = 300_000
const pause = 1_000
/** Milliseconds until all agents hear from an API server that is back. */
const recovery = 20_000

export interface PatientCluster extends ChangeCluster {
  /** Milliseconds for which nothing could be expected of anybody. */
  missed(): number
}

/** The cluster as the driver uses it: the lease is kept before each act, and an API server that is away is waited for. */
export function patientCluster(cluster: ChangeCluster, {lease, goOn, onWait}: Patience): PatientCluster {
  let missed = 0
  /** One absence of the API server is one, for however many calls that are made at once. */
  let awaySince: number | undefined
  const absence = () => (awaySince === undefined ? 0 : cluster.now() - awaySince + recovery)
  const answered = <Answer>(answer: Answer): Answer => {
    missed += absence()
    awaySince = undefined
    return answer
  }
  const call = async <Answer>(work: () => Promise<Answer>): Promise<Answer> => {
    const end = cluster.now() + longest
    for (;;) {
      try {
        await lease.keep()
        return answered(await work())
      } catch (error) {
        if (!(error instanceof AntctlError) || error.code !== 'API_UNREACHABLE' || cluster.now() >= end) throw error
        if (awaySince === undefined) onWait(`the API server does not answer: ${error.message}`)
        awaySince ??= cluster.now()
        goOn()
        await cluster.sleep(pause)
      }
    }
  }
  return {
    missed: () => missed + absence(),
    readChange: () => call(() => cluster.readChange()),
    writeChange: (change, journal, place) => call(() => cluster.writeChange(change, journal, place)),
    writeJournal: (journal, version) => call(() => cluster.writeJournal(journal, version)),
    ask: (what) => call(() => cluster.ask(what)),
    readLease: () => cluster.readLease(),
    writeLease: (holder, place) => cluster.writeLease(holder, place),
    readConfig: () => call(() => cluster.readConfig()),
    writeConfig: (stored) => call(() => cluster.writeConfig(stored)),
    readNodeConfigs: () => call(() => cluster.readNodeConfigs()),
    writeNodeConfig: (node, content, version) => call(() => cluster.writeNodeConfig(node, content, version)),
    deleteNodeConfig: (node, version) => call(() => cluster.deleteNodeConfig(node, version)),
    presence: () => call(() => cluster.presence()),
    agentInfos: (nodes) => call(() => cluster.agentInfos(nodes)),
    drift: (node) => call(() => cluster.drift(node)),
    observePairs: (node) => call(() => cluster.observePairs(node)),
    answers: (node) => call(() => cluster.answers(node)),
    startProbe: (nodes, change) => call(() => cluster.startProbe(nodes, change)),
    agentPod: (node) => call(() => cluster.agentPod(node)),
    deleteAgentPod: (pod) => call(() => cluster.deleteAgentPod(pod)),
    routesLeft: (node, routes) => call(() => cluster.routesLeft(node, routes)),
    removeRoute: (node, route) => call(() => cluster.removeRoute(node, route)),
    now: () => cluster.now(),
    sleep: (milliseconds) => cluster.sleep(milliseconds),
  }
}
