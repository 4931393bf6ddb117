import {execa} from 'execa'
import {join} from 'node:path'

/** What can be measured, and what it needs. */
const benches = {
  openflow: 'one bundle beside ovs-ofctl (real Open vSwitch, no root)',
  plan: 'the ledger with 5 000 peers and 110 Pods (real Open vSwitch, no root)',
  'plan-nodes': 'the plan of set-mode for 1 000 Nodes from recorded facts (nothing else)',
  cli: 'antctl beside kubectl (a running lab)',
  flows: 'ten thousand flows decoded and drawn (nothing else needed)',
  cni: 'ADD and DEL beside the plugins bridge and host-local (real Open vSwitch, root)',
  modes: 'each change of mode: time on a Node, and of the whole command (a running lab)',
  restart: 'SIGKILL of agent and Open vSwitch: time to serve, gap of a 1 kHz stream (a running lab)',
  paths: 'the paths of 1 000 Nodes from what the API server holds of them (nothing needed)',
  dash: 'the dashboard: first frame, key to frame, idle, memory (nothing needed)',
  agent: 'start, memory and processor time of an agent (a running lab)',
} as const

const [name = '', ...args] = process.argv.slice(2)
if (!Object.hasOwn(benches, name)) {
  console.error(
    [
      'say what to measure:',
      ...Object.entries(benches).map(([bench, about]) => `  npm run bench -- ${bench.padEnd(10)} ${about}`),
    ].join('\n'),
  )
  process.exit(2)
}
const {exitCode} = await execa(process.execPath, [join(import.meta.dirname, `${name}.ts`), ...args], {
  stdio: 'inherit',
  reject: false,
})
process.exitCode = exitCode ?? 1
