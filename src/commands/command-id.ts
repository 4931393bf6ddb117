import {type CommandId, commands} from './index.ts'

/** Without a command, at most with flags that every command has. */
export function isAlone([first]: readonly string[]): boolean {
  return first === undefined || (first.startsWith('-') && !['-h', '--help', '--version'].includes(first))
}

/** The command that the first words name, and the words after them; undefined: no command's name as it is listed. */
export function commandOf(
  argv: readonly string[],
): {readonly id: CommandId; readonly words: readonly string[]} | undefined {
  if (isAlone(argv)) return {id: 'dash', words: argv}
  for (const count of [2, 1]) {
    const id = argv.slice(0, count).join(':')
    if (isCommand(id)) return {id, words: argv.slice(count)}
  }
  return undefined
}

function isCommand(id: string): id is CommandId {
  return Object.hasOwn(commands, id)
}
