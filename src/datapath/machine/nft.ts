import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {runProgram} from './program.ts'

/** One `nft -f` transaction. From a file: nft refuses the socket pair that Node gives as standard input. */
export async function putNft(ruleset: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'nft-'))
  try {
    const file = join(folder, 'ruleset')
    await writeFile(file, ruleset)
    await runProgram('nft', ['-f', file])
  } finally {
    await rm(folder, {recursive: true, force: true})
  }
}

/** "inet antctl", "netdev antctl" …: every table of the Node, whoever made it. */
export async function observeNftTables(): Promise<readonly string[]> {
  const lines = (await runProgram('nft', ['list', 'tables'])).split('\n')
  return lines.filter((line) => line.startsWith('table ')).map((line) => line.slice('table '.length))
}

/** Tables that are not there are no error. */
export async function removeNftTables(tables: readonly string[]): Promise<void> {
  const present = await observeNftTables()
  for (const table of tables.filter((table) => present.includes(table))) {
    await runProgram('nft', ['delete', 'table', ...table.split(' ')])
  }
}
