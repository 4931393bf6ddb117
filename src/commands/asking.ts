import {AntctlError} from '../model/errors.ts'
import {choiceAfter, choiceLines, choicePasted, chosenName, fitting, noChoice} from '../ui/dash/choice.ts'
import {colourLevel, themeFor} from '../ui/theme.ts'

/** Lines for names, where a screen has more. */
const shownNames = 10

/** Is somebody there to be asked? */
export function canAsk(): boolean {
  return (
    process.stdin.isTTY && process.stdout.isTTY && process.env['TERM'] !== 'dumb' && (process.env['CI'] ?? '') === ''
  )
}

/** One of the names, chosen at the terminal; Esc and Ctrl-C end it as INTERRUPTED. */
export async function askOne(question: string, names: readonly string[]): Promise<string> {
  const {openTerminal} = await import('../ui/dash/terminal.ts')
  const {promise, resolve} = Promise.withResolvers<string | undefined>()
  const theme = themeFor(colourLevel(process.env, process.stdout.isTTY))
  let choice = noChoice
  const shown = () => fitting(choice.typed, names)
  const terminal = openTerminal({
    inline: true,
    frame: () => {
      const room = {theme, width: process.stdout.columns || 80, height: shownNames + 1}
      return [theme.heading(question), ...choiceLines(choice, shown(), room)]
    },
    onKey: (key) => {
      if (key.name === 'escape' || key.name === 'interrupt') resolve(undefined)
      else if (key.name === 'enter') {
        const name = chosenName(choice, shown())
        if (name !== undefined) resolve(name)
      } else {
        choice = choiceAfter(choice, shown(), key) ?? choice
        terminal.redraw()
      }
    },
    onPaste: (text) => {
      choice = choicePasted(choice, text)
      terminal.redraw()
    },
  })
  const name = await promise
  await terminal.close()
  if (name === undefined) throw new AntctlError('INTERRUPTED', 'interrupted')
  return name
}
