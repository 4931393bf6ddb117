import type {Server} from 'node:net'
import {names} from '../../model/names.ts'
import {describePod} from '../../model/pod.ts'
import type {Log} from '../log.ts'
import type {Reconciler} from '../reconcile.ts'
import type {Live} from '../session.ts'
import type {Store} from '../state.ts'
import type {CniRequest} from './request.ts'
import {startCniServer} from './server.ts'
import {openCniService} from './service.ts'
import {type Plant, podsOf} from './wire.ts'

export interface CniParts {
  readonly store: Store
  readonly log: Log
  readonly live: () => Live | undefined
  readonly reconciler: Reconciler
}

/** Serves the container runtime from now on; until the datapath has converged it says "try again later". */
export function serveCni({store, log, live, reconciler}: CniParts): Promise<Server> {
  const plant = (): Plant | undefined => {
    const {wiring, dataplaneTrouble} = store.now()
    const ovsdb = live()?.session.ovsdb
    if (ovsdb === undefined || wiring === undefined || dataplaneTrouble !== undefined) return undefined
    const settle = () => {
      store.update({pods: podsOf(ovsdb)})
      return reconciler.request()
    }
    return {ovsdb, wiring, settle}
  }
  return startCniServer({
    socketPath: names.cniSocket,
    handle: openCniService(plant),
    onAnswer: (request, milliseconds, error) => {
      const facts = {...factsOf(request), milliseconds: Math.round(milliseconds)}
      if (error === undefined) log.info(facts, 'cni')
      else log.warn({...facts, err: error}, 'cni')
    },
  })
}

function factsOf(request: CniRequest | undefined) {
  if (request === undefined) return {}
  return {command: request.command, pod: describePod(request.pod), container: request.containerId}
}
