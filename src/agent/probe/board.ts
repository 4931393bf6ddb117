import type {ProbeSession} from '../../model/probe.ts'

/** The sessions as the API server told them last, for who waits for one to change. */
export interface Board {
  put(sessions: ReadonlyMap<string, ProbeSession>): void
  now(name: string): ProbeSession | undefined
  /** Resolves as soon as it is so, or when the signal fires. */
  until(isSo: () => boolean, signal: AbortSignal): Promise<void>
  /** Resolves when the session is deleted, or the signal fires. */
  gone(name: string, signal: AbortSignal): Promise<void>
}

export function openBoard(): Board {
  let now: ReadonlyMap<string, ProbeSession> = new Map()
  const waiting = new Set<() => void>()
  const until = async (isSo: () => boolean, signal: AbortSignal): Promise<void> => {
    while (!isSo() && !signal.aborted) {
      const {promise, resolve} = Promise.withResolvers<void>()
      const wake = () => resolve()
      waiting.add(wake)
      signal.addEventListener('abort', wake)
      await promise
      signal.removeEventListener('abort', wake)
      waiting.delete(wake)
    }
  }
  return {
    put: (sessions) => {
      now = sessions
      for (const wake of waiting) wake()
    },
    now: (name) => now.get(name),
    until,
    gone: (name, signal) => until(() => !now.has(name), signal),
  }
}
