import {setTimeout as sleep} from 'node:timers/promises'
import {AntctlError} from '../../model/errors.ts'
import {addPod, type Bench} from './add.ts'
import {checkPod} from './check.ts'
import {delPod} from './del.ts'
import {CniError} from './error.ts'
import {collectGarbage} from './gc.ts'
import {type Desk, openDesk, type Plant, type PodHands} from './plant.ts'
import type {AttachmentRequest, CniRequest} from './request.ts'
import {reserveAddresses, type Reserved} from './reserve.ts'
import {statusOf} from './status.ts'
import {type Swept, sweep} from './sweep.ts'

export interface CniService {
  /** The result to print, undefined where a command has none; throws CniError or AntctlError. */
  handle(request: CniRequest): Promise<unknown>
  /** Ends what a crash or a power cut left half done. */
  sweep(): Promise<Swept>
  /** Addresses for an interface of that name, which is no Pod's. */
  reserve(interfaceName: string, count: number): Reserved
}

export interface CniServiceParts {
  readonly plant: () => Plant
  readonly hands: PodHands
  /** Milliseconds that ADD and STATUS wait for an agent that is just starting, before they say so. */
  readonly patience?: number
}

const pause = 20

/** Handles requests of the container runtime, one at a time for each container. */
export function openCniService({plant, hands, patience = 5_000}: CniServiceParts): CniService {
  const desk: Desk = openDesk()
  const queues = new Map<string, Promise<unknown>>()
  const bench = (): Bench => ({plant: plant(), hands, desk})
  const ready = async (): Promise<Bench> => {
    const end = performance.now() + patience
    while (plant().trouble !== undefined && performance.now() < end) await sleep(pause)
    return bench()
  }

  const inTurn = (request: AttachmentRequest): Promise<unknown> => {
    const {containerId} = request
    const run = (queues.get(containerId) ?? Promise.resolve()).then(() => handleAttachment(request, bench, ready))
    const settled = run
      .then(({afterwards}) => afterwards)
      .catch(() => undefined)
      .finally(() => {
        if (queues.get(containerId) === settled) queues.delete(containerId)
      })
    queues.set(containerId, settled)
    return run.then(({result}) => result)
  }
  const dispatch = async (request: CniRequest): Promise<unknown> => {
    switch (request.command) {
      case 'ADD':
      case 'DEL':
      case 'CHECK':
        return inTurn(request)
      case 'GC':
        return collectGarbage(request.valid, bench(), (containerId) => queues.has(containerId))
      case 'STATUS':
        return statusOf(await ready())
    }
  }
  return {
    handle: async (request) => {
      try {
        return await dispatch(request)
      } catch (error) {
        throw error instanceof AntctlError && error.code === 'PODS_EXHAUSTED'
          ? new CniError(101, error.message, {cause: error})
          : error
      }
    },
    sweep: () => sweep(bench()),
    reserve: (interfaceName, count) => reserveAddresses(interfaceName, count, bench()),
  }
}

/** What to answer, and what the next request of the same container has to wait for besides. */
interface Handled {
  readonly result?: unknown
  readonly afterwards?: Promise<unknown> | undefined
}

async function handleAttachment(
  request: AttachmentRequest,
  bench: () => Bench,
  ready: () => Promise<Bench>,
): Promise<Handled> {
  switch (request.command) {
    case 'ADD': {
      return addPod(request, await ready())
    }
    case 'DEL':
      return {afterwards: (await delPod(request, bench())).linksGone}
    case 'CHECK':
      return {result: await checkPod(request, bench())}
  }
}
