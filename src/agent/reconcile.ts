import {AntctlError, sentenceOf} from '../model/errors.ts'

/** One loop that runs `pass` again whenever it was asked to; asks that come during a pass share the next one. */
export interface Reconciler {
  /** Resolves when a pass that began after this call has succeeded; rejects when that pass failed. */
  request(): Promise<void>
  stop(): Promise<void>
}

export interface ReconcilerOptions {
  readonly pass: () => Promise<void>
  readonly onFailure: (error: AntctlError) => void
  /** Milliseconds until a failed pass is tried again by itself. */
  readonly retryAfter?: number
}

export function startReconciler({pass, onFailure, retryAfter = 1_000}: ReconcilerOptions): Reconciler {
  let waiting: PromiseWithResolvers<void> | undefined
  let running: Promise<void> | undefined
  let retry: NodeJS.Timeout | undefined
  const stopping = new AbortController()

  const run = async (): Promise<void> => {
    // Whoever asks in the same breath shares this pass.
    await Promise.resolve()
    while (waiting !== undefined && !stopping.signal.aborted) {
      const current = waiting
      waiting = undefined
      clearTimeout(retry)
      try {
        await pass()
        current.resolve()
      } catch (error) {
        const failure =
          error instanceof AntctlError ? error : new AntctlError('MACHINE', sentenceOf(error), {cause: error})
        onFailure(failure)
        current.reject(failure)
        retry = setTimeout(() => void request().catch(() => undefined), retryAfter)
      }
    }
  }
  const request = (): Promise<void> => {
    if (stopping.signal.aborted) return Promise.reject(new AntctlError('MACHINE', 'the agent is stopping'))
    waiting ??= Promise.withResolvers<void>()
    const {promise} = waiting
    running ??= run().finally(() => {
      running = undefined
      if (waiting !== undefined) void request().catch(() => undefined)
    })
    return promise
  }
  return {
    request,
    stop: async () => {
      stopping.abort()
      clearTimeout(retry)
      await running
      waiting?.reject(new AntctlError('MACHINE', 'the agent is stopping'))
    },
  }
}
