/**
 * The shipped dashboard on a real terminal, before recorded Nodes whose agents are away: `npm run bench -- dash`. From
 * the start of the process to its first frame, from a key to the frame that it makes, what it takes when nobody touches
 * it, and what it holds.
 */
import {mkdtemp, readFile, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {buildAll} from '../scripts/build.ts'
import {openPty, type Pty} from '../test/dash/pty.ts'
import {recordedCluster} from '../test/dash/recorded-cluster.ts'
import {machine, milliseconds} from './figures.ts'

const bars = {first: 400, matrix: 50, idle: 5, mebibytes: 150}
const [starts, keys, idleSeconds] = [15, 40, 30]

await buildAll()
const program = join(import.meta.dirname, '..', 'dist', 'antctl', 'antctl')

await measureStart()
await measureMatrix()
await measureRest()
console.log(machine())

async function measureStart(): Promise<void> {
  await using cluster = await recordedCluster(4)
  const home = await mkdtemp(join(tmpdir(), 'antctl-bench-'))
  const [frames, filled]: [number[], number[]] = [[], []]
  for (let turn = 0; turn <= starts; turn += 1) {
    const start = performance.now()
    using pty = openPty([], {program, env: {KUBECONFIG: cluster.kubeconfig, HOME: home}})
    await soon(pty, /q quit/u)
    const first = performance.now() - start
    await soon(pty, /hybrid everywhere/u)
    if (turn > 0) {
      frames.push(first)
      filled.push(performance.now() - start)
    }
    pty.write('q')
    await pty.ended
  }
  await rm(home, {recursive: true})
  console.log(`first frame (bar ${bars.first} ms): ${milliseconds(frames)}`)
  console.log(`first frame with data of four Nodes: ${milliseconds(filled)}`)
}

/** From the byte of a key to the last byte of what it changes; ink waits up to 34 ms after the frame before. */
async function measureMatrix(): Promise<void> {
  await using cluster = await recordedCluster(50)
  using pty = openPty(['dash', 'topology'], {program, columns: 230, rows: 64, env: {KUBECONFIG: cluster.kubeconfig}})
  await pty.until(/IPv4: 50 Nodes/u)
  const times: number[] = []
  for (let turn = 0; turn <= keys; turn += 1) {
    await sleep(100)
    const start = performance.now()
    pty.write('j')
    await soon(pty, new RegExp(`node-${turn + 1}(?: →|: on)`, 'u'))
    if (turn > 0) times.push(performance.now() - start)
  }
  console.log(`50 by 50 matrix, key to frame (bar ${bars.matrix} ms): ${milliseconds(times)}`)
}

async function measureRest(): Promise<void> {
  await using cluster = await recordedCluster(500)
  using pty = openPty(['dash', 'topology'], {program, columns: 160, rows: 50, env: {KUBECONFIG: cluster.kubeconfig}})
  await pty.until(/IPv4: 500 Nodes/u, 60)
  for (let turn = 0; turn < 30; turn += 1) {
    pty.write('j')
    await sleep(40)
  }
  pty.write('1')
  await pty.until(/500/u, 60)
  await sleep(5_000)
  const before = await processorMilliseconds(pty.pid)
  await sleep(idleSeconds * 1_000)
  const share = ((await processorMilliseconds(pty.pid)) - before) / (idleSeconds * 10)
  console.log(
    `idle on the overview of 500 Nodes (bar ${bars.idle} %): ${share.toFixed(1)} % of a core in ${idleSeconds} s`,
  )
  console.log(`RSS with 500 Nodes (bar ${bars.mebibytes} MiB): ${(await mebibytes(pty.pid)).toFixed(0)} MiB`)
}

/** Looks as often as it may, where until() waits between two looks. */
async function soon(pty: Pty, what: RegExp): Promise<void> {
  for (const end = Date.now() + 20_000; !what.test(pty.screen().join('\n')); await sleep(1))
    if (Date.now() > end) throw new Error(`the screen never showed ${what.source}`)
}

/** Of proc(5)'s stat: utime and stime, in hundredths of a second. */
async function processorMilliseconds(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

async function mebibytes(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/u.exec(text)?.[1]) / 1024
}
