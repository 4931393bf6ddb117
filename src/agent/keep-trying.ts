import {setTimeout as sleep} from 'node:timers/promises'

const firstPause = 1_000
const longestPause = 60_000

/** Until `act` succeeds or the signal fires; the pauses between grow from a second to a minute. */
export async function keepTrying(
  act: () => Promise<void>,
  {signal, onFailure}: {readonly signal: AbortSignal; readonly onFailure: (error: unknown) => void},
): Promise<void> {
  for (let pause = firstPause; !signal.aborted; pause = Math.min(2 * pause, longestPause)) {
    try {
      return await act()
    } catch (error) {
      if (signal.aborted) return
      onFailure(error)
      await sleep(pause, undefined, {signal}).catch(() => undefined)
    }
  }
}
