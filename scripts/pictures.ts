/** Draws docs/pictures from the running lab, so that what README shows is what antctl prints: sh scripts/ready.sh scripts/pictures.ts */
import {mkdir, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {execa} from 'execa'
import {kubectlEnvironment} from '../lab/kubectl.ts'
import {buildAll} from './build.ts'
import {promptLine, terminalPicture} from './picture.ts'

const root = join(import.meta.dirname, '..')
const folder = join(root, 'docs', 'pictures')

/** Picture to the commands in it; the demo's Pods must be there. */
const pictures: Readonly<Record<string, readonly (readonly string[])[]>> = {
  'first-look': [
    ['trace-packet', '-S', 'demo/client', '-D', 'demo/near'],
    ['set-mode', 'hybrid', '--dry-run'],
  ],
}

await buildAll()
await mkdir(folder, {recursive: true})
// So that there is something to change.
await onTerminal(['set-mode', 'encap', '--yes'])
for (const [name, commands] of Object.entries(pictures)) {
  const parts: string[] = []
  for (const command of commands) {
    parts.push(`${promptLine(`antctl ${command.join(' ')}`)}\n${await onTerminal(command)}`)
  }
  const title = commands.map((command) => `antctl ${command.join(' ')}`).join('; ')
  await writeFile(join(folder, `${name}.svg`), terminalPicture(parts.join('\n\n'), title))
}

/** What antctl prints on a terminal of 110 columns: script(1) gives it one. The words are those above, nobody else's. */
async function onTerminal(command: readonly string[]): Promise<string> {
  const line = ['stty cols 110;', join(root, 'bin', 'antctl'), ...command].join(' ')
  const {stdout} = await execa('script', ['--quiet', '--return', '--command', line, '/dev/null'], {
    env: {...kubectlEnvironment, FORCE_COLOR: '1', TERM: 'xterm-256color'},
    stdin: 'ignore',
  })
  return stdout.replaceAll('\r', '')
}
