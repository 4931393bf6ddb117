import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {parseArgs} from 'node:util'
import {execa} from 'execa'
import {ensurePackages, labPackages, testPackages} from '../lab/packages.ts'
import {runKernelSuite} from './kernel/suite.ts'
import {none, type Tally, tallyOf, vitestCommand} from './vitest.ts'

const root = join(import.meta.dirname, '..')
const bin = (name: string) => join(root, 'node_modules', name)

interface Suite {
  readonly asks: string
  /** Why it can't run here, if it can't. */
  readonly needs?: () => string | undefined
  readonly long?: true
  readonly run: () => Promise<Tally>
}

const asRoot = () => (process.getuid?.() === 0 ? undefined : 'needs root: it makes network namespaces')

/** Every suite, in the order in which a fault is cheapest to find. */
const suites: Readonly<Record<string, Suite>> = {
  lint: {
    asks: 'Does it read as this house reads?',
    run: () =>
      all([
        tool('oxlint', [bin('oxlint/bin/oxlint'), '--type-aware', '--deny-warnings']),
        tool('oxfmt', [bin('oxfmt/bin/oxfmt'), '--check', '.']),
        tool('knip', [bin('knip/bin/knip.js')]),
      ]),
  },
  types: {asks: 'Do the types hold?', run: () => all([tool('tsc', [bin('typescript/bin/tsc'), '-p', '.'])])},
  unit: {asks: 'Do the pure parts and codecs do what their tables say?', run: () => vitest('unit')},
  datapath: {asks: 'Does real Open vSwitch agree?', needs: asRoot, run: () => vitest('datapath')},
  kernel: {
    asks: "Does it hold on the kernel's Open vSwitch datapath?",
    needs: asRoot,
    run: () => runKernelSuite({extent: values.long ? 'whole' : 'sample', ...update}, console.error),
  },
  lab: {asks: 'Does it hold on a real cluster?', needs: asRoot, run: () => vitest('lab')},
  long: {
    asks: 'Do restarts lose nothing, at full size, and does a fresh clone run the demo?',
    needs: asRoot,
    long: true,
    run: () => vitest('long'),
  },
}

const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {long: {type: 'boolean', default: false}, update: {type: 'boolean', default: false}},
})

const update = values.update ? ({update: true} as const) : {}

function wanted(name: string, suite: Suite): boolean {
  return positionals.length > 0 ? positionals.includes(name) : suite.long !== true || values.long
}

async function main(chosen: readonly (readonly [string, Suite])[]): Promise<number> {
  if (process.getuid?.() === 0) await ensurePackages({...labPackages, ...testPackages}, console.error)
  const tallies: Tally[] = []
  const leftOut: string[] = []
  for (const [name, suite] of chosen) {
    const reason = suite.needs?.()
    if (reason !== undefined) {
      leftOut.push(`${name} left out: ${reason}`)
      continue
    }
    console.log(`\n== ${name}: ${suite.asks}`)
    const start = performance.now()
    const tally = await suite.run()
    console.log(`== ${name}: ${describe(tally)} in ${((performance.now() - start) / 1000).toFixed(1)} s`)
    tallies.push(tally)
  }
  const total = tallies.reduce(add, none)
  console.log(['', ...leftOut, describe(total)].join('\n'))
  // As root everything can run, so whatever did not is a fault.
  const mustBeWhole = process.env['CI'] !== undefined || process.getuid?.() === 0
  const incomplete = mustBeWhole && (leftOut.length > 0 || total.skipped > 0)
  return total.failed > 0 || incomplete || total.passed === 0 ? 1 : 0
}

function add(a: Tally, b: Tally): Tally {
  return {passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped}
}

function describe({passed, failed, skipped}: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}

async function all(runs: readonly Promise<Tally>[]): Promise<Tally> {
  return (await Promise.all(runs)).reduce(add, none)
}

async function tool(name: string, args: readonly string[]): Promise<Tally> {
  const {exitCode, all} = await execa(process.execPath, [...args], {cwd: root, reject: false, all: true})
  if (exitCode === 0) return {...none, passed: 1}
  console.log(`${name}:\n${all}`)
  return {...none, failed: 1}
}

async function vitest(project: string): Promise<Tally> {
  const folder = await mkdtemp(join(tmpdir(), 'antctl-test-'))
  const report = join(folder, 'report.json')
  const {exitCode} = await execa(process.execPath, vitestCommand({project, report, ...update}), {
    cwd: root,
    reject: false,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const tally = await tallyOf(report, exitCode)
  await rm(folder, {recursive: true, force: true})
  return tally
}

const unknown = positionals.filter((name) => !Object.hasOwn(suites, name))
if (unknown.length > 0) {
  console.error(`no suite is called ${unknown.join(', ')}; there are ${Object.keys(suites).join(', ')}`)
  process.exit(2)
}
process.exitCode = await main(Object.entries(suites).filter(([name, suite]) => wanted(name, suite)))
