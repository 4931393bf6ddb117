import type {JsonRpcSession} from './json-rpc.ts'

const tick = 1_000
const ticksUntilEcho = 2
const ticksUntilLost = 5

/**
 * Ends a session whose peer says nothing for 5 s, not even to an echo (RFC 7047 §4.1.11). Ticks are counted instead of
 * time: when this process was stopped or busy itself, what the peer said meanwhile is read before the next tick.
 */
export function endWhenSilent(session: JsonRpcSession): void {
  let silent = 0
  let {pieces} = session
  const timer = setInterval(() => {
    silent = session.pieces === pieces ? silent + 1 : 0
    pieces = session.pieces
    if (silent === ticksUntilEcho) session.call('echo', []).catch(() => undefined)
    if (silent === ticksUntilLost) session.fail(`it has been silent for ${(ticksUntilLost * tick) / 1_000} s`)
  }, tick)
  timer.unref()
  session.onClose(() => clearInterval(timer))
}
