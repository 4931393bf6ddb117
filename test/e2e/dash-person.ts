import {kubeconfigPath} from '../../lab/lab.ts'
import {openPty, type Pty, type PtyOptions} from '../dash/pty.ts'

/** What a terminal sends for keys that write nothing. */
export const keys = {
  up: '\u001B[A',
  down: '\u001B[B',
  right: '\u001B[C',
  left: '\u001B[D',
  pageUp: '\u001B[5~',
  pageDown: '\u001B[6~',
  home: '\u001B[H',
  end: '\u001B[F',
  enter: '\r',
  escape: '\u001B',
  tab: '\t',
  interrupt: '\u0003',
} as const

/** A person at a terminal, who has waited until something is known. */
export async function sitDown(size: Pick<PtyOptions, 'columns' | 'rows'> = {columns: 120, rows: 40}): Promise<Pty> {
  const pty = openPty([], {...size, env: {KUBECONFIG: kubeconfigPath}})
  await pty.until(/4 on 4 Nodes/u, 60)
  return pty
}

/** What is pressed, and what the screen then shows. */
export type Press = readonly [typed: string, shows: RegExp | ((screen: string) => boolean)]

/** One key or word after the other, each when the screen shows what comes before it. */
export async function play(pty: Pty, ...presses: readonly Press[]): Promise<string> {
  let screen = ''
  for (const [typed, shows] of presses) {
    pty.write(typed)
    screen = await pty.until(shows, 60)
  }
  return screen
}

/** What left() answers where the terminal is as it was before. */
export const givenBack = {status: 0, isAlternate: false, isCursorHidden: false} as const

export async function left(pty: Pty, by = 'q') {
  pty.write(by)
  const status = await pty.ended
  return {status, isAlternate: pty.isAlternate(), isCursorHidden: pty.isCursorHidden()}
}
