/** Rung as often as one likes; who waits is woken once for all rings since the last time. */
export interface Bell extends Disposable {
  readonly ring: () => void
  /** At once when it was rung since the last call; when the signal fires, too. */
  rung(): Promise<void>
}

export function openBell(signal: AbortSignal): Bell {
  let next = Promise.withResolvers<void>()
  const ring = () => next.resolve()
  signal.addEventListener('abort', ring, {once: true})
  return {
    ring,
    rung: async () => {
      await next.promise
      if (!signal.aborted) next = Promise.withResolvers()
    },
    [Symbol.dispose]: () => signal.removeEventListener('abort', ring),
  }
}
