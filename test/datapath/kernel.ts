import {mkdir} from 'node:fs/promises'
import {createInterface} from 'node:readline'
import {execa} from 'execa'
import * as v from 'valibot'
import {patience} from './patience.ts'
import {testProgram} from './programs.ts'

const answerSchema = v.union([v.object({failed: v.string()}), v.object({done: v.optional(v.unknown())})])

/** The kernel hands of the agent, in a network namespace of their own. */
export interface TestKernel extends AsyncDisposable {
  /** Calls one function of kernel-hands.ts; rejects with its sentence. */
  ask(call: string, ...args: readonly unknown[]): Promise<unknown>
  /** A program in that namespace; its standard output. */
  run(program: string, ...args: readonly string[]): Promise<string>
  /** A further namespace, as the container runtime makes one for a Pod: its path, and a program inside. */
  pod(name: string): Promise<TestPod>
}
export interface TestPod {
  readonly path: string
  run(program: string, ...args: readonly string[]): Promise<string>
}

export async function startKernel(name: string): Promise<TestKernel> {
  await using undo = new AsyncDisposableStack()
  const space = async (wanted: string): Promise<void> => {
    await execa('ip', ['netns', 'del', wanted], {reject: false})
    await execa('ip', ['netns', 'add', wanted])
    undo.defer(async () => void (await execa('ip', ['netns', 'del', wanted], {reject: false})))
  }
  const runIn = async (where: string, program: string, args: readonly string[]): Promise<string> => {
    const {stdout} = await execa('ip', ['netns', 'exec', where, program, ...args], {timeout: 30_000 * patience})
    return stdout
  }
  await mkdir('/run/netns', {recursive: true})
  await space(name)
  await runIn(name, 'ip', ['link', 'set', 'lo', 'up'])
  const program = [process.execPath, testProgram('datapath/kernel-hands')]
  const child = execa('ip', ['netns', 'exec', name, ...program], {reject: false})
  undo.defer(async () => {
    child.stdin.end()
    await child
  })
  const lines = createInterface({input: child.stdout})[Symbol.asyncIterator]()
  const done = undo.move()
  return {
    ask: async (call, ...args) => {
      child.stdin.write(`${JSON.stringify({call, args})}\n`)
      const {value} = await lines.next()
      if (value === undefined) throw new Error(`the hands ended: ${(await child).stderr}`)
      const answer = v.parse(answerSchema, JSON.parse(value))
      if ('failed' in answer) throw new Error(answer.failed)
      return answer.done
    },
    run: (program, ...args) => runIn(name, program, args),
    pod: async (pod) => {
      const own = `${name}-${pod}`
      // In the stack of the kernel already moved: a Pod's namespace goes with it.
      await execa('ip', ['netns', 'del', own], {reject: false})
      await execa('ip', ['netns', 'add', own])
      done.defer(async () => void (await execa('ip', ['netns', 'del', own], {reject: false})))
      return {path: `/run/netns/${own}`, run: (program, ...args) => runIn(own, program, args)}
    },
    [Symbol.asyncDispose]: () => done.disposeAsync(),
  }
}
