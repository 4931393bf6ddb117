import {type Logger, pino} from 'pino'

export type Log = Logger

/** JSON lines on standard output; LOG_LEVEL is pino's word (debug, info, warn …). */
export function openLog(node: string, level = process.env['LOG_LEVEL'] ?? 'info'): Log {
  return pino({
    level,
    base: {node},
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: {level: (label) => ({level: label})},
  })
}
