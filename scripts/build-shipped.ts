import {chmod, copyFile, glob, link, mkdir, readFile, writeFile} from 'node:fs/promises'
import {basename, dirname, join} from 'node:path'
import {build, type Plugin} from 'esbuild'
import {common} from './build-options.ts'
import {buildProgram} from './build-program.ts'

const root = join(import.meta.dirname, '..')
const node = join(root, 'node_modules', `node-linux-${process.arch}`, 'bin', 'node')

/** What needs one of these is larger than all else, and rarely used. */
const late = ['ink', '@kubernetes/client-node']
/** What reads a command line that is not plain, and helps. */
const readsAll = 'src/commands/run.ts'
/** The second keeps Node from reading authorities that nobody asks for (src/cluster/authorities.ts). */
const flags = ['--disable-warning=ExperimentalWarning', '--use-openssl-ca']

/**
 * The antctl that people get, as a folder: Node, one program for all plain command lines with V8's code for it, and beside
 * them the modules that are loaded when a command asks for them.
 */
export async function buildShipped(directory: string): Promise<void> {
  await mkdir(join(directory, 'late'), {recursive: true})
  const lateFiles = [readsAll, ...(await filesThatImport(late))]
  await Promise.all([
    buildLate(directory, lateFiles),
    buildProgram(directory, {node, flags, plugins: [loadedLate(lateFiles)]}),
    link(node, join(directory, 'node')).catch(() => copyFile(node, join(directory, 'node'))),
  ])
  await writeFile(join(directory, 'antctl'), launcher)
  await chmod(join(directory, 'antctl'), 0o755)
}

const launcher = `#!/bin/sh
home=$0
[ -L "$home" ] && home=$(readlink -f "$home")
home=\${home%/*}
# The dashboard stays for long and is to be small; all else is to be quick.
memory=
case "\${1:-dash}" in dash | -*) memory="--max-semi-space-size=2 --optimize-for-size" ;; esac
exec "$home/node" $memory ${flags.join(' ')} "$home/start.cjs" "$@"
`

/** ES modules, each with its chunks. */
async function buildLate(directory: string, lateFiles: readonly string[]): Promise<void> {
  const entries = [...lateFiles.map((file) => [lateName(file), file]), ['client-node', '@kubernetes/client-node']]
  await build({
    ...common,
    entryPoints: Object.fromEntries(entries),
    outdir: join(directory, 'late'),
    splitting: true,
    chunkNames: 'chunk-[hash]',
    minify: true,
    keepNames: true,
    // React's other form is for those who write components, and keeps a record of all that it draws.
    define: {'process.env.NODE_ENV': '"production"'},
    external: ['react-devtools-core'],
  })
}

// Go's syntax, which knows no flags.
const sources = new RegExp('/src/.*[.]tsx?$')

/** import() of a late file becomes a call of what src/commands/shipped.ts puts there. */
function loadedLate(lateFiles: readonly string[]): Plugin {
  // By the whole path: there is more than one run.ts.
  const names = new Map(lateFiles.map((file) => [join(root, file), lateName(file)]))
  return {
    name: 'late',
    setup: ({onLoad}) => {
      onLoad({filter: sources}, async ({path}) => {
        const text = await readFile(path, 'utf8')
        const contents = text.replaceAll(/\bimport\('([^']+)'\)/gu, (whole, target: string) => {
          const name = target === '@kubernetes/client-node' ? 'client-node' : names.get(join(dirname(path), target))
          return name === undefined ? whole : `globalThis.antctlLate('${name}.mjs')`
        })
        return {contents, loader: path.endsWith('x') ? 'tsx' : 'ts'}
      })
    },
  }
}

function lateName(file: string): string {
  return basename(file).replace(/\.tsx?$/u, '')
}

/** Files of src/ui that draw with ink. Commands import them with import(), so that others do not pay for it. */
async function filesThatImport(packages: readonly string[]): Promise<readonly string[]> {
  const files = await Array.fromAsync(glob('src/ui/**/*.{ts,tsx}', {cwd: root}))
  const found = await Promise.all(
    files.map(async (file) => {
      const text = await readFile(join(root, file), 'utf8')
      return packages.some((name) => text.includes(`from '${name}'`)) ? [file] : []
    }),
  )
  return found.flat().sort()
}
