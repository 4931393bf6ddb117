import {mkdir, readdir, rm} from 'node:fs/promises'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {execa} from 'execa'
import {patience} from './patience.ts'

/** ovsdb-server and ovs-vswitchd of one Node, in its network namespace. */
export interface NodeSwitch extends AsyncDisposable {
  /** Commands of ovs-vsctl(8) in one transaction, in force when it resolves. */
  configure(commands: readonly string[]): Promise<void>
  /** Ends ovs-vswitchd as a crash does; ovsdb-server goes on. */
  kill(): Promise<void>
  /** Starts ovs-vswitchd again, as start-ovs.sh does: with flow-restore-wait it lets the kernel's flows be until somebody clears it. */
  start(options: {readonly flowRestoreWait: 'set' | 'unset'}): Promise<void>
  /** Resolves when somebody has cleared flow-restore-wait. */
  released(): Promise<void>
}

export async function startSwitch({
  namespace,
  runDir,
}: {
  readonly namespace: string
  readonly runDir: string
}): Promise<NodeSwitch> {
  await using undo = new AsyncDisposableStack()
  await mkdir(runDir, {recursive: true})
  const env = {OVS_RUNDIR: runDir, OVS_LOGDIR: runDir, OVS_DBDIR: runDir}
  const [db, conf] = [`unix:${join(runDir, 'db.sock')}`, join(runDir, 'conf.db')]
  const vsctl = (args: readonly string[]) => execa('ovs-vsctl', [`--db=${db}`, ...args], {timeout: 20_000 * patience})
  const daemon = (program: string, args: readonly string[]) => {
    const command = ['netns', 'exec', namespace, program, ...args, '-vconsole:off', '--pidfile']
    const child = execa('ip', command, {env, reject: false, stdio: 'ignore'})
    return async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
      child.kill(signal)
      await child
    }
  }
  await execa('ovsdb-tool', ['create', conf, '/usr/share/openvswitch/vswitch.ovsschema'])
  const endDatabase = daemon('ovsdb-server', [conf, `--remote=p${db}`])
  undo.defer(() => endDatabase('SIGTERM'))
  await until(() => vsctl(['--no-wait', 'init']))
  const vswitchd = () => daemon('ovs-vswitchd', [db, '--disable-system-route'])
  let endSwitch = vswitchd()
  undo.defer(() => endSwitch('SIGTERM'))
  const kept = undo.move()
  return {
    configure: async (commands) => {
      await vsctl(commands.flatMap((command) => ['--', ...command.split(' ')]))
    },
    kill: async () => {
      await endSwitch('SIGKILL')
      // As start-ovs.sh does: what a crash left would be taken for the socket of a live one.
      const left = (await readdir(runDir)).filter((name) => /^ovs-vswitchd\.\d+\.ctl$/u.test(name))
      await Promise.all(left.map((name) => rm(join(runDir, name))))
    },
    start: async ({flowRestoreWait}) => {
      const key = 'other_config'
      const change = flowRestoreWait === 'set' ? ['set'] : ['remove']
      const value = flowRestoreWait === 'set' ? [`${key}:flow-restore-wait=true`] : [key, 'flow-restore-wait']
      await vsctl(['--no-wait', ...change, 'Open_vSwitch', '.', ...value])
      endSwitch = vswitchd()
    },
    released: () =>
      until(async () => {
        const {stdout} = await vsctl(['--if-exists', 'get', 'Open_vSwitch', '.', 'other_config:flow-restore-wait'])
        if (stdout.trim() !== '') throw new Error('flow-restore-wait is not cleared')
      }),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

async function until(attempt: () => Promise<unknown>): Promise<void> {
  for (let left = 50 * patience; ; left--) {
    try {
      await attempt()
      return
    } catch (error) {
      if (left === 0) throw error
      await sleep(100)
    }
  }
}
