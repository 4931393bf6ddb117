import {AntctlError} from '../../model/errors.ts'
import {CniError} from './error.ts'
import type {CniRequest} from './request.ts'
import {addPod, checkPod, delPod, type Leases, type Plant} from './wire.ts'

/** Handles requests of the container runtime, one at a time for each container. `plant` is undefined until it can serve. */
export function openCniService(plant: () => Plant | undefined): (request: CniRequest) => Promise<unknown> {
  const leases: Leases = {pending: new Set(), last: undefined}
  const queues = new Map<string, Promise<unknown>>()
  return (request) => {
    const before = queues.get(request.containerId) ?? Promise.resolve()
    const run = before.then(() => handle(request, plant(), leases))
    const settled = run.catch(() => undefined)
    queues.set(request.containerId, settled)
    return run.finally(() => {
      if (queues.get(request.containerId) === settled) queues.delete(request.containerId)
    })
  }
}

async function handle(request: CniRequest, plant: Plant | undefined, leases: Leases): Promise<unknown> {
  if (plant === undefined) {
    throw request.command === 'STATUS'
      ? new CniError(50, 'the agent is not ready yet')
      : new CniError(11, 'the agent is not ready yet, try again later')
  }
  try {
    switch (request.command) {
      case 'ADD':
        return await addPod(request, plant, leases)
      case 'DEL':
        return await delPod(request, plant)
      case 'CHECK':
        return checkPod(request, plant)
      case 'STATUS':
      case 'GC':
        return undefined
    }
  } catch (error) {
    if (error instanceof AntctlError && error.code === 'PODS_EXHAUSTED')
      throw new CniError(101, error.message, {cause: error})
    throw error
  }
}
