import {mkdtemp, readdir, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout} from 'node:timers/promises'
import {execa} from 'execa'
import {connectOvsdb, type Ovsdb} from '../../src/datapath/ovsdb/connection.ts'
import {ensureBridge} from '../../src/datapath/ovsdb/switch.ts'

/** Open vSwitch of its own in a temporary directory: dummy datapath, no device and no root needed. */
export interface TestSwitch extends AsyncDisposable {
  readonly runDir: string
  readonly dbSocket: string
  /** Of br-int. */
  readonly openflowSocket: string
  readonly ovsdb: Ovsdb
  /** `ovs-ofctl -O OpenFlow15 COMMAND br-int ARGS`, its standard output. */
  ofctl(command: string, ...args: readonly string[]): Promise<string>
  /** Ends ovs-vswitchd at once, as a crash does. */
  killSwitch(): Promise<void>
  startSwitch(): Promise<void>
  /** Ends ovsdb-server at once, as a crash does. */
  killDatabase(): Promise<void>
  /** On the file of before, or on a new and empty one. */
  startDatabase(content?: 'kept' | 'empty'): Promise<void>
  /** SIGSTOP and SIGCONT: a process that hangs. */
  signalDatabase(signal: 'SIGSTOP' | 'SIGCONT'): void
}

export async function startOpenvSwitch(): Promise<TestSwitch> {
  await using undo = new AsyncDisposableStack()
  const runDir = await mkdtemp(join(tmpdir(), 'antctl-ovs-'))
  undo.defer(async () => rm(runDir, {recursive: true, force: true}))
  const [database, dbSocket] = [join(runDir, 'conf.db'), join(runDir, 'db.sock')]
  const env = {OVS_RUNDIR: runDir, OVS_LOGDIR: runDir}
  const daemons: Pick<Daemon, 'end'>[] = []
  undo.defer(async () => {
    await Promise.all(daemons.map(({end}) => end()))
  })
  const run = (program: string, args: readonly string[]): Daemon => {
    const child = execa(program, args, {env, stdio: ['ignore', 'ignore', 'pipe'], reject: false})
    const end = async (): Promise<void> => {
      child.kill('SIGKILL')
      await child
    }
    daemons.push({end})
    return {end, signal: (name) => void child.kill(name)}
  }
  const startDatabase = async (content: 'kept' | 'empty'): Promise<Daemon> => {
    await rm(dbSocket, {force: true})
    if (content === 'empty') {
      await rm(database, {force: true})
      await execa('ovsdb-tool', ['create', database, '/usr/share/openvswitch/vswitch.ovsschema'])
    }
    const daemon = run('ovsdb-server', [`--remote=punix:${dbSocket}`, '--no-chdir', '--unixctl=db.ctl', database])
    await appearance(runDir, 'db.sock')
    await execa('ovs-vsctl', [`--db=unix:${dbSocket}`, '--no-wait', 'init'])
    return daemon
  }
  const startSwitch = async (): Promise<Daemon> => {
    for (const name of await readdir(runDir)) if (name.startsWith('ovs-vswitchd.')) await rm(join(runDir, name))
    const daemon = run('ovs-vswitchd', ['--enable-dummy=system', '--disable-system', `unix:${dbSocket}`])
    await appearance(runDir, 'ovs-vswitchd.')
    return daemon
  }
  let databaseServer = await startDatabase('empty')
  let vswitchd = await startSwitch()
  const ovsdb = undo.use(await connectOvsdb(dbSocket))
  const protocols = ['OpenFlow10', 'OpenFlow15']
  await ensureBridge(ovsdb, {name: 'br-int', datapathType: 'dummy', failMode: 'secure', protocols})
  await appearance(runDir, 'br-int.mgmt')
  const openflowSocket = join(runDir, 'br-int.mgmt')
  const kept = undo.move()
  return {
    runDir,
    dbSocket,
    openflowSocket,
    ovsdb,
    async ofctl(command, ...rest) {
      const {stdout} = await execa('ovs-ofctl', [
        '-O',
        'OpenFlow15',
        '--no-names',
        command,
        `unix:${openflowSocket}`,
        ...rest,
      ])
      return stdout
    },
    killSwitch: async () => vswitchd.end(),
    startSwitch: async () => {
      vswitchd = await startSwitch()
      await answering(openflowSocket)
    },
    killDatabase: async () => databaseServer.end(),
    startDatabase: async (content = 'kept') => {
      databaseServer = await startDatabase(content)
    },
    signalDatabase: (signal) => databaseServer.signal(signal),
    [Symbol.asyncDispose]: async () => kept.disposeAsync(),
  }
}

interface Daemon {
  end(): Promise<void>
  signal(name: NodeJS.Signals): void
}

/** The socket of a process that was killed stays until the next one has made its bridges. */
async function answering(socketPath: string): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt += 1) {
    const {failed} = await execa('ovs-ofctl', ['-O', 'OpenFlow15', 'show', `unix:${socketPath}`], {reject: false})
    if (!failed) return
    await setTimeout(20)
  }
  throw new Error(`nobody answers at ${socketPath}`)
}

async function appearance(directory: string, prefix: string): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt += 1) {
    if ((await readdir(directory)).some((name) => name.startsWith(prefix))) return
    await setTimeout(20)
  }
  throw new Error(`${prefix} did not appear in ${directory}`)
}
