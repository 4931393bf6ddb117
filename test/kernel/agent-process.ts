import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {execa} from 'execa'
import {rememberInputs} from '../../src/agent/checkpoint.ts'
import {loadConfig} from '../../src/agent/load-config.ts'
import {openStore} from '../../src/agent/state.ts'
import {parseIp} from '../../src/model/address.ts'
import {patience} from '../datapath/patience.ts'
import {testProgram} from '../datapath/programs.ts'
import {
  clusterNode,
  datapath,
  inside,
  nodeCalled,
  type NodeSpec,
  topology,
  type Underlay,
} from '../datapath/underlay.ts'
import {callPlugins, type PodCall} from './runtime.ts'

/** The agent of one Node, as a process. */
export interface AgentProcess extends AsyncDisposable {
  /** Resolves when it takes Pods. */
  start(): Promise<void>
  /** Resolves when it is gone. */
  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>
  /** Does as the container runtime with the list of plugins that the agent gave it; the last answer. */
  call(pod: PodCall): Promise<unknown>
}

/** The agent in hybrid mode; what the API server said last is in its checkpoint. */
export async function agentOf(underlay: Underlay, name: NodeSpec['name']): Promise<AgentProcess> {
  const directory = await mkdtemp(join(tmpdir(), 'agent-'))
  await writeInputs(directory, nodeCalled(name))
  const log = join(directory, 'log')
  let child: ReturnType<typeof launch> | undefined
  const launch = () =>
    execa('ip', inside(name, process.execPath, [testProgram('kernel/run-agent'), name, directory]), {
      env: environmentOf(underlay.runDirOf(name)),
      reject: false,
      buffer: false,
      stdio: ['ignore', {file: log, append: true}, {file: log, append: true}],
    })
  const kill = async (signal: 'SIGKILL' | 'SIGTERM') => {
    child?.kill(signal)
    await child
  }
  const serves = () => callPlugins({node: name, directory, command: 'STATUS'})
  return {
    start: async () => {
      child = launch()
      for (let left = 60 * Math.min(patience, 5); ; left--) {
        try {
          await serves()
          return
        } catch (error) {
          if (left === 0)
            throw new Error(`the agent of ${name} does not serve: ${await readFile(log, 'utf8')}`, {cause: error})
          await sleep(200)
        }
      }
    },
    kill,
    call: (pod) => callPlugins({node: name, directory, ...pod}),
    [Symbol.asyncDispose]: async () => {
      await kill('SIGKILL')
      await rm(directory, {recursive: true, force: true})
    },
  }
}

/** As the agent itself would have written it. */
async function writeInputs(directory: string, node: NodeSpec): Promise<void> {
  const configText = `{trafficEncapMode: hybrid, ovsDatapathType: ${datapath}, transportInterface: eth1}`
  const store = openStore()
  const finish = rememberInputs(store, {
    file: join(directory, 'inputs.json'),
    node: node.name,
    onError: (error) => {
      throw error
    },
  })
  store.update({
    nodes: topology.map(clusterNode),
    configText,
    loaded: loadConfig({text: configText}, environmentOf('')),
    internalIp: parseIp(node.transport),
  })
  await finish()
  for (const name of ['ca.crt', 'token']) await writeFile(join(directory, name), '')
}

/** Nobody listens where the API server would be. */
function environmentOf(runDir: string) {
  return {
    OVS_RUNDIR: runDir,
    KUBERNETES_SERVICE_HOST: '127.0.0.1',
    KUBERNETES_SERVICE_PORT: '9',
    ALLOW_NO_ENCAP_WITHOUT_ANTREA_PROXY: 'true',
  }
}
