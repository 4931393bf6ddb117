import {type ChildProcess, spawn} from 'node:child_process'
import {childrenOf} from './machines.ts'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Runs a command with this terminal and passes signals on to it; answers its exit status, 128+N when signal N ended it. */
export async function attach(
  argv: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<number> {
  const [program = '', ...rest] = argv
  const child = spawn(program, rest, {stdio: 'inherit', env: {...process.env, ...environment}})
  // nsenter waits for its child in another pid namespace and keeps signals to itself: they are meant for the command.
  const waits = program === 'nsenter' && rest.includes('-p')
  return ending(child, ({pid = 0}) => (waits ? childrenOf(pid) : []))
}

/** Passes signals on to a program on this terminal, or to those that it says stand for it, until it ends; answers its exit status. */
export async function ending(
  child: ChildProcess,
  behind: (child: ChildProcess) => readonly number[] = () => [],
): Promise<number> {
  for (const signal of signals) {
    process.on(signal, () => {
      const {pid} = child
      const inner = behind(child)
      for (const target of inner.length > 0 ? inner : [pid]) if (target !== undefined) process.kill(target, signal)
    })
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code, signal) => resolve(code ?? 128 + (signal === 'SIGINT' ? 2 : signal === 'SIGTERM' ? 15 : 9)))
  })
}
