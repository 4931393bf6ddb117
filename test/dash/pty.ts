import {setTimeout as sleep} from 'node:timers/promises'
import {join} from 'node:path'
import {spawn} from '@lydell/node-pty'
import xterm, {type IBufferCell, type Terminal} from '@xterm/headless'

export interface PtyOptions {
  readonly columns?: number
  readonly rows?: number
  readonly env?: Readonly<Record<string, string>>
  /** What is started instead of antctl from the sources. */
  readonly program?: string
}

/** A program on a real terminal, and what a person would see there. */
export interface Pty extends Disposable {
  readonly pid: number
  /** Lines of the screen as text, without what is blank at their ends. */
  screen(): readonly string[]
  /** The same with colours, as ECMA-48 writes them. */
  coloured(): string
  /** Is it the other screen, which a program gives back when it ends? */
  isAlternate(): boolean
  isCursorHidden(): boolean
  write(text: string): void
  resize(columns: number, rows: number): void
  kill(signal: string): void
  /** Until the screen shows it; fails with what the screen shows instead. */
  until(what: RegExp | ((text: string) => boolean), seconds?: number): Promise<string>
  /** The status that it ended with. */
  readonly ended: Promise<number>
  /** The last of what it wrote, escapes and all. */
  raw(): string
}

const antctl = join(import.meta.dirname, '..', '..', 'bin', 'antctl')

export function openPty(args: readonly string[], options: PtyOptions = {}): Pty {
  const {columns: cols = 80, rows = 24, env = {}, program = antctl} = options
  const environment = {PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', TERM: 'xterm-256color', ...env}
  const child = spawn(program, [...args], {cols, rows, env: environment})
  const terminal = new xterm.Terminal({cols, rows, allowProposedApi: true, scrollback: 200})
  let written = ''
  child.onData((data) => {
    written = (written + data).slice(-100_000)
    terminal.write(data)
  })
  // What the emulator answers to questions about itself.
  terminal.onData((data) => child.write(data))
  const {promise: ended, resolve} = Promise.withResolvers<number>()
  child.onExit(({exitCode, signal}) => resolve(signal === undefined || signal === 0 ? exitCode : 128 + signal))
  const screen = () =>
    Array.from({length: terminal.rows}, (_, at) => {
      const {active} = terminal.buffer
      return active.getLine(active.viewportY + at)?.translateToString(true) ?? ''
    })
  return {
    pid: child.pid,
    screen,
    coloured: () => colouredText(terminal),
    isAlternate: () => terminal.buffer.active.type === 'alternate',
    isCursorHidden: () => written.lastIndexOf('\u001B[?25l') > written.lastIndexOf('\u001B[?25h'),
    write: (text) => child.write(text),
    resize: (columns, lines) => {
      terminal.resize(columns, lines)
      child.resize(columns, lines)
    },
    kill: (signal) => child.kill(signal),
    until: async (what, seconds = 20) => {
      const shows = (text: string) => (typeof what === 'function' ? what(text) : what.test(text))
      for (const end = Date.now() + seconds * 1_000; ;) {
        const text = screen().join('\n')
        if (shows(text)) return text
        if (Date.now() >= end) throw new Error(`the screen never showed ${String(what)}, but:\n${text}`)
        await sleep(30)
      }
    },
    ended,
    raw: () => written,
    [Symbol.dispose]: () => {
      child.kill('SIGKILL')
      terminal.dispose()
    },
  }
}

function colouredText(terminal: Terminal): string {
  const {active} = terminal.buffer
  return Array.from({length: terminal.rows}, (_, row) => {
    const line = active.getLine(active.viewportY + row)
    const width = line?.translateToString(true).length ?? 0
    return Array.from({length: width}, (_cell, at) => cellText(line?.getCell(at))).join('')
  }).join('\n')
}

/** Each cell by itself: what is longer than it must be harms no picture. */
function cellText(cell: IBufferCell | undefined): string {
  if (cell === undefined || cell.getWidth() === 0) return ''
  const colour = cell.isFgPalette() ? cell.getFgColor() : undefined
  const codes = [
    ...(colour === undefined ? [] : [colour < 8 ? 30 + colour : 82 + colour]),
    ...(cell.isBold() === 0 ? [] : [1]),
    ...(cell.isDim() === 0 ? [] : [2]),
    ...(cell.isInverse() === 0 ? [] : [7]),
  ]
  const text = cell.getChars() || ' '
  return codes.length === 0 ? text : `\u001B[${codes.join(';')}m${text}\u001B[0m`
}
