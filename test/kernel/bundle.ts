import {glob} from 'node:fs/promises'
import {join} from 'node:path'
import {build} from 'esbuild'

const root = join(import.meta.dirname, '..', '..')
const programs = [
  'test/datapath/hands.ts',
  'test/datapath/kernel-hands.ts',
  'test/datapath/traffic.ts',
  'test/kernel/run-agent.ts',
  'test/kernel/start-agent.ts',
]
/** The suites that hold on either datapath. */
const shared = ['test/datapath/{modes,foreign,kernel-events,kernel-links,kernel-probes}.test.ts']
/** What a change must pass; the rest takes longer than CI may. */
const sample = ['test/kernel/restart.test.ts']

/**
 * Makes the suite's tests and programs into one file each, below `directory`, which must be in this checkout: an emulated
 * processor takes half a minute to read what is one second's work here.
 */
export async function bundleSuite(extent: 'sample' | 'whole', directory: string): Promise<void> {
  const whole = await Array.fromAsync(glob(['test/kernel/*.test.ts', ...shared], {cwd: root}))
  await build({
    absWorkingDir: root,
    entryPoints: [...programs, ...(extent === 'sample' ? sample : whole)],
    outdir: directory,
    outbase: 'test',
    outExtension: {'.js': '.mjs'},
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // CommonJS packages inside an ES module still call require().
    banner: {
      js: "import {createRequire as __createRequire} from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    external: ['vitest', 'koffi'],
    sourcemap: 'inline',
    logLevel: 'error',
  })
}
