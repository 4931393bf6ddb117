import type {Socket} from 'node:net'

const tick = 1_000

interface Patience {
  /** Seconds of silence after which the peer is asked for a sign of life. */
  readonly untilAsked: number
  /** Seconds of silence after which it is taken for lost. */
  readonly untilLost: number
  /** Sends an echo, whose answer is the sign. */
  ask(): void
  /** Ends the session: it has been silent for so long. */
  lose(why: string): void
}

/**
 * Watches a peer that may hang without closing its socket. Ticks are counted instead of time: when this process was
 * stopped or busy itself, what the peer said meanwhile is read before the next tick.
 */
export function watchForSilence(socket: Socket, {untilAsked, untilLost, ask, lose}: Patience): void {
  let [silent, heard] = [0, socket.bytesRead]
  const timer = setInterval(() => {
    silent = socket.bytesRead === heard ? silent + 1 : 0
    heard = socket.bytesRead
    if (silent === untilAsked) ask()
    if (silent === untilLost) lose(`it has been silent for ${untilLost} s`)
  }, tick)
  timer.unref()
  socket.once('close', () => clearInterval(timer))
}
