import {mkdir, mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {createInterface} from 'node:readline'
import {setTimeout as sleep} from 'node:timers/promises'
import {execa} from 'execa'
import {gatewayOf, macFor, parseCidr} from '../../src/model/address.ts'
import {names, ofports} from '../../src/model/names.ts'

/** A Node of one bridge with a real ovs-vswitchd (userspace datapath), an agent that serves CNI, and Pods' namespaces. */
export interface CniNode extends AsyncDisposable {
  /** The program as containerd starts it; its answer, and status. */
  cni(command: string, container: string, change?: CniCall): Promise<CniAnswer>
  /** A namespace as the runtime makes one, at /run/netns/NAME. */
  netns(container: string): Promise<string>
  /** Its name for ip(8). */
  spaceOf(container: string): string
  removeNetns(container: string): Promise<void>
  /** Programs on the Node, and in a container's namespace. */
  run(program: string, ...args: readonly string[]): Promise<string>
  inPod(container: string, program: string, ...args: readonly string[]): Promise<string>
  ofctl(command: string, ...args: readonly string[]): Promise<string>
  vsctl(...args: readonly string[]): Promise<string>
  readonly agentPid: () => number
  /** Of the CNI program, and of the agent that it asks. */
  readonly program: string
  readonly socketPath: string
  /** Ends the agent at once, as a crash does, and starts another one. */
  killAgent(): Promise<void>
  startAgent(): Promise<void>
}

export interface CniCall {
  readonly netns?: string
  readonly ifName?: string
  readonly config?: object
}
export interface CniAnswer {
  readonly exitCode: number | undefined
  readonly answer: unknown
}

const config = {cniVersion: '1.1.0', name: 'antrea', type: 'antrea'}

export async function startCniNode(name: string): Promise<CniNode> {
  await using undo = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'cni-node-'))
  undo.defer(() => rm(folder, {recursive: true, force: true}))
  const [program, socketPath] = [join(folder, 'antrea'), join(folder, 'cni.sock')]
  const root = join(import.meta.dirname, '..', '..')
  await execa('go', ['build', '-ldflags', '-s -w', '-o', program, '.'], {
    cwd: join(root, 'bin', 'cni'),
    env: {CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false'},
  })
  const spaceOf = (container: string) => (container === '' ? name : `${name}-${container}`)
  const spaces = new Set<string>()
  const netns = async (container: string): Promise<string> => {
    const space = spaceOf(container)
    await execa('ip', ['netns', 'del', space], {reject: false})
    await execa('ip', ['netns', 'add', space])
    spaces.add(space)
    return `/run/netns/${space}`
  }
  const removeNetns = async (container: string): Promise<void> => {
    await execa('ip', ['netns', 'del', spaceOf(container)], {reject: false})
    spaces.delete(spaceOf(container))
  }
  undo.defer(async () => {
    for (const space of spaces) await execa('ip', ['netns', 'del', space], {reject: false})
  })
  const inPod = async (container: string, command: string, ...args: readonly string[]): Promise<string> => {
    const {stdout} = await execa('ip', ['netns', 'exec', spaceOf(container), command, ...args], {timeout: 60_000})
    return stdout
  }
  await mkdir('/run/netns', {recursive: true})
  await netns('')
  const run = (command: string, ...args: readonly string[]) => inPod('', command, ...args)
  await run('ip', 'link', 'set', 'lo', 'up')
  // The transport interface; nobody is behind it.
  await run('ip', 'link', 'add', 'eth1', 'type', 'veth', 'peer', 'name', 'nowhere')
  await run('ip', 'address', 'add', '172.30.1.11/24', 'dev', 'eth1')
  for (const device of ['eth1', 'nowhere']) await run('ip', 'link', 'set', device, 'up')
  undo.use(await startSwitch(folder, name))

  let agent: ReturnType<typeof spawnAgent> | undefined
  const spawnAgent = () =>
    execa('ip', ['netns', 'exec', name, process.execPath, join(import.meta.dirname, 'cni-agent.ts')], {
      env: {OVS_RUNDIR: folder, CNI_SOCKET: socketPath},
      reject: false,
    })
  const startAgent = async (): Promise<void> => {
    agent = spawnAgent()
    const {value} = await createInterface({input: agent.stdout})[Symbol.asyncIterator]().next()
    if (value !== 'ready') throw new Error(`the agent ended: ${(await agent).stderr}`)
  }
  const killAgent = async (): Promise<void> => {
    agent?.kill('SIGKILL')
    await agent
  }
  undo.defer(killAgent)
  await startAgent()
  const kept = undo.move()
  const env = {OVS_RUNDIR: folder}
  return {
    cni: async (
      command,
      container,
      {netns: path = `/run/netns/${spaceOf(container)}`, ifName = 'eth0', ...more} = {},
    ) => {
      const {stdout, exitCode} = await execa(program, {
        input: JSON.stringify({...config, ...more.config}),
        env: {
          CNI_COMMAND: command,
          CNI_CONTAINERID: container,
          CNI_NETNS: path,
          CNI_IFNAME: ifName,
          CNI_ARGS: `IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=pod-${container.toLowerCase()}`,
          ANTREA_CNI_SOCKET: socketPath,
        },
        reject: false,
      })
      const answer: unknown = stdout === '' ? undefined : JSON.parse(stdout)
      return {exitCode, answer}
    },
    netns,
    spaceOf,
    removeNetns,
    run,
    inPod,
    ofctl: async (command, ...args) => {
      const line = ['-O', 'OpenFlow15', '--no-names', command, `unix:${folder}/br-int.mgmt`, ...args]
      return (await execa('ovs-ofctl', line)).stdout
    },
    vsctl: async (...args) => (await execa('ovs-vsctl', [`--db=unix:${folder}/db.sock`, ...args], {env})).stdout,
    program,
    socketPath,
    agentPid: () => agent?.pid ?? 0,
    killAgent,
    startAgent,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

async function startSwitch(folder: string, space: string): Promise<AsyncDisposable> {
  await using undo = new AsyncDisposableStack()
  const env = {OVS_RUNDIR: folder, OVS_LOGDIR: folder, OVS_DBDIR: folder}
  const db = `unix:${join(folder, 'db.sock')}`
  await execa('ovsdb-tool', ['create', join(folder, 'conf.db'), '/usr/share/openvswitch/vswitch.ovsschema'], {env})
  const daemon = (program: string, args: readonly string[]) => {
    const child = execa('ip', ['netns', 'exec', space, program, ...args, '-vconsole:off', '--pidfile'], {
      env,
      reject: false,
    })
    undo.defer(async () => {
      child.kill('SIGTERM')
      await child
    })
  }
  daemon('ovsdb-server', [join(folder, 'conf.db'), `--remote=p${db}`])
  for (let attempt = 0; ; attempt += 1) {
    const {exitCode} = await execa('ovs-vsctl', [`--db=${db}`, '--no-wait', 'init'], {reject: false})
    if (exitCode === 0) break
    if (attempt === 100) throw new Error('ovsdb-server does not answer')
    await sleep(50)
  }
  daemon('ovs-vswitchd', [db, '--disable-system-route'])
  const gateway = gatewayOf(parseCidr('10.244.1.0/24'))
  const set = `set Interface ${names.gatewayPort}`
  const commands = [
    'add-br br-int',
    'set Bridge br-int datapath_type=netdev fail_mode=secure protocols=OpenFlow10,OpenFlow15',
    `add-port br-int ${names.gatewayPort}`,
    `${set} type=internal ofport_request=${ofports.gateway} mac="${macFor(gateway)}" mtu_request=1500`,
  ]
  await execa('ovs-vsctl', [`--db=${db}`, ...commands.flatMap((command) => ['--', ...command.split(' ')])])
  const lines = [`address add ${gateway}/24 dev ${names.gatewayPort}`, `link set ${names.gatewayPort} up`]
  for (const line of lines) await execa('ip', ['netns', 'exec', space, 'ip', ...line.split(' ')])
  const kept = undo.move()
  return {[Symbol.asyncDispose]: () => kept.disposeAsync()}
}
