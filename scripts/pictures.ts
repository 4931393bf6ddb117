/** Draws docs/pictures from the running lab, so that what README shows is what antctl prints: sh scripts/ready.sh scripts/pictures.ts */
import {mkdir, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {execa} from 'execa'
import {kubectlEnvironment} from '../lab/kubectl.ts'
import {buildAll} from './build.ts'
import {openPty} from '../test/dash/pty.ts'
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

/** Picture of the dashboard to its keys, each with what the screen then shows. */
const faces: Readonly<Record<string, readonly (readonly [keys: string, shows: RegExp])[]>> = {
  'dashboard-overview': [['', /All is well[^]*round trip +[▁-█]{16}/u]],
  'dashboard-topology': [
    ['2', /IPv4: 4 Nodes/u],
    ['\u001B[C\u001B[C', /n1 → n3/u],
  ],
  'dashboard-trace': [
    ['7', /demo\/client/u],
    ['client', /▸ demo\/client/u],
    ['\r', /demo\/client sends/u],
    ['demofar', /▸ demo\/far/u],
    ['\r', /✓ tunnelled/u],
    ['\u001B[B\u001B[B\u001B[B\u001B[B', /▸ │ Local Pod/u],
  ],
  'dashboard-mode': [
    ['8', /4 Nodes run it/u],
    ['\u001B[B', /▸ hybrid/u],
    ['\r', /Change 4 Nodes/u],
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

// So that there is loss and a round trip to tell of.
const probing = execa(join(root, 'bin', 'antctl'), ['check', 'probes', '--steady'], {
  env: kubectlEnvironment,
  reject: false,
  stdout: 'ignore',
})
for (const [name, steps] of Object.entries(faces)) {
  using pty = openPty([], {columns: 116, rows: 36, env: {...kubectlEnvironment, FORCE_COLOR: '1'}})
  await pty.until(/4 on 4 Nodes/u)
  for (const [keys, shows] of steps) {
    pty.write(keys)
    await pty.until(shows, 60)
  }
  await writeFile(join(folder, `${name}.svg`), terminalPicture(pty.coloured(), `antctl dash: ${name.split('-')[1]}`))
}
probing.kill('SIGINT')
await probing

/** What antctl prints on a terminal of 110 columns: script(1) gives it one. The words are those above, nobody else's. */
async function onTerminal(command: readonly string[]): Promise<string> {
  const line = ['stty cols 110;', join(root, 'bin', 'antctl'), ...command].join(' ')
  const {stdout} = await execa('script', ['--quiet', '--return', '--command', line, '/dev/null'], {
    env: {...kubectlEnvironment, FORCE_COLOR: '1', TERM: 'xterm-256color'},
    stdin: 'ignore',
  })
  return stdout.replaceAll('\r', '')
}
