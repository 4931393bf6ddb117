import {copyFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {build, type Plugin} from 'esbuild'
import {execa} from 'execa'

const root = join(import.meta.dirname, '..')

/**
 * One script for all plain command lines, and beside it the code that V8 makes of what they run: as `node` with `flags`
 * makes it, for V8 takes no other.
 */
export async function buildProgram(
  directory: string,
  {node, flags, plugins}: {readonly node: string; readonly flags: readonly string[]; readonly plugins: Plugin[]},
): Promise<void> {
  const {outputFiles} = await build({
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    entryPoints: ['src/commands/shipped.ts'],
    alias: {'@oclif/core': './src/commands/plain/oclif.ts'},
    outdir: directory,
    absWorkingDir: root,
    minify: true,
    keepNames: true,
    legalComments: 'none',
    logLevel: 'error',
    write: false,
    plugins: [...plugins, lazyBuiltins],
  })
  const text = outputFiles.map((file) => inAscii(file.text)).join('')
  await writeFile(join(directory, 'program.js'), `(function (require, module, exports) {${text}\n})`)
  await copyFile(join(import.meta.dirname, 'start.cjs'), join(directory, 'start.cjs'))
  await execa(node, [...flags, join(import.meta.dirname, 'keep-code.cjs'), directory], {
    env: {HOME: '/nonexistent', KUBECONFIG: '/nonexistent'},
    extendEnv: false,
  })
}

/** One byte a character is read faster; esbuild leaves others in regular expressions alone. */
function inAscii(text: string): string {
  return text.replaceAll(/[^\0-\u007F]/gu, (character) => character.split('').map(escaped).join(''))
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}

const builtins =
  'child_process|crypto|dgram|dns|https?|module|net|os|readline|stream|tls|tty|url|util|vm|worker_threads|zlib'

/** What a command does not use of Node is not loaded: each name becomes a getter that loads it. */
const lazyBuiltins: Plugin = {
  name: 'lazy-builtins',
  setup: ({onResolve, onLoad}) => {
    onResolve({filter: new RegExp(`^(node:)?(${builtins}|[a-z]+/(promises|consumers))$`)}, ({path}) => ({
      path: path.replace('node:', ''),
      namespace: 'lazy-builtin',
    }))
    onLoad({filter: /./, namespace: 'lazy-builtin'}, async ({path}) => {
      const names = Object.keys(await import(`node:${path}`)).filter((name) => name !== 'default')
      const getters = names.map((name) => `get ${name}() { return load().${name} }`)
      return {
        contents: `const load = () => process.getBuiltinModule('node:${path}')\nmodule.exports = {${getters.join(', ')}}`,
      }
    })
  },
}
