/** A face in which something breaks, as its argument says. test/dash/terminal.test.ts starts it on a terminal. */
import {writeSync} from 'node:fs'
import {endQuietlyOnClosedPipe} from '../../src/commands/closed-pipe.ts'
import {showFace} from '../../src/commands/face/loop.ts'
import {reportFailure} from '../../src/commands/failure.ts'
import {AntctlError} from '../../src/model/errors.ts'
import {openPage} from '../../src/ui/dash/place.ts'
import {openState} from '../../src/ui/dash/state.ts'
import {plainTheme} from '../../src/ui/theme.ts'

const nothing = new AntctlError('API_UNREACHABLE', 'nobody answers')
const breaks: Readonly<Record<string, () => void>> = {
  throws: () => {
    throw new Error('something broke')
  },
  rejects: () => void Promise.reject(new Error('something broke')),
  // What the stream of a terminal says that is gone: libuv's words.
  EPIPE: () => void process.stdout.emit('error', Object.assign(new Error('write EPIPE'), {code: 'EPIPE'})),
  EIO: () => void process.stdout.emit('error', Object.assign(new Error('write EIO'), {code: 'EIO'})),
}
process.on('SIGUSR2', () => breaks[process.argv[2] ?? '']?.())
endQuietlyOnClosedPipe()
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
      end: async () => void writeSync(1, '<the change was stopped>'),
    },
    signal: new AbortController().signal,
  })
} catch (error) {
  process.exitCode = reportFailure(error)
}
