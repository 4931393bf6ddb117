import {type Logger, pino} from 'pino'
import type {Store} from './state.ts'

export type Log = Logger

/** What klog's -v asks for, in pino's words; LOG_LEVEL of the DaemonSet goes before. */
export function logLevel(verbosity: number, environment: NodeJS.ProcessEnv = process.env): string {
  return environment['LOG_LEVEL'] ?? (verbosity === 0 ? 'info' : verbosity < 4 ? 'debug' : 'trace')
}

/** klog's -v as it is in force: the configuration's, or the least that means LOG_LEVEL. */
export function verbosityNow(configured: number, environment: NodeJS.ProcessEnv = process.env): number {
  const {LOG_LEVEL: level} = environment
  if (level === undefined) return configured
  return level === 'trace' ? 4 : level === 'debug' ? 1 : 0
}

/** JSON lines on standard output; the level follows the configuration later (logLevel). */
export function openLog(node: string, level = logLevel(0)): Log {
  return pino({
    level,
    base: {node},
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: {level: (label) => ({level: label})},
  })
}

/** The configuration's level, whenever it changes. */
export function followVerbosity(store: Store, log: Pick<Log, 'level'>): void {
  store.onChange(({loaded}, before) => {
    if (loaded !== undefined && loaded !== before.loaded) log.level = logLevel(loaded.config.logVerbosity)
  })
}
