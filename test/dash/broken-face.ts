/** A face in which something breaks that nobody catches. test/dash/terminal.test.ts starts it on a terminal. */
import {showFace} from '../../src/commands/face/loop.ts'
import {reportFailure} from '../../src/commands/failure.ts'
import {AntctlError} from '../../src/model/errors.ts'
import {openPage} from '../../src/ui/dash/place.ts'
import {openState} from '../../src/ui/dash/state.ts'
import {plainTheme} from '../../src/ui/theme.ts'

const nothing = new AntctlError('API_UNREACHABLE', 'nobody answers')
process.on('SIGUSR2', () => {
  throw new Error('something broke')
})
try {
  await showFace({
    start: openState({screen: {columns: 80, rows: 24}, now: Date.now()}, openPage('overview')),
    theme: plainTheme,
    ask: async (feed) => ({kind: 'failed', feed, error: nothing, at: Date.now()}),
    walk: () => Promise.reject(nothing),
    pairs: {held: () => Promise.reject(nothing), probed: () => Promise.reject(nothing)},
    driver: {
      plan: () => Promise.reject(nothing),
      drive: () => Promise.reject(nothing),
      pause: async () => undefined,
      end: async () => undefined,
    },
    signal: new AbortController().signal,
  })
} catch (error) {
  process.exitCode = reportFailure(error)
}
