/**
 * The whole agent on one Node, whose API server is away: `NODE DIRECTORY`, started in the Node's network namespace by
 * ip-netns(8), which gives it mounts of its own. All that it writes is below the directory.
 */
import {mkdir} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {execa} from 'execa'
import {runAgent} from '../../src/agent/agent.ts'
import {openLog} from '../../src/agent/log.ts'
import {names} from '../../src/model/names.ts'

const [node = '', directory = ''] = process.argv.slice(2)
const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())

const home = dirname(names.cniSocket)
await mkdir(home, {recursive: true})
await execa('mount', ['--bind', directory, home])

const below = (name: string) => join(directory, name)
await runAgent({
  identity: {node, pod: {kind: 'Pod', namespace: names.namespace, name: `antrea-agent-${node}`}},
  places: {
    ovsRunDir: process.env['OVS_RUNDIR'] ?? '',
    cniConfig: below('net.d'),
    cniPrograms: below('bin'),
    cniShipped: process.env['ANTCTL_CNI_PROGRAMS'] ?? '',
    mountedConfig: below('antrea-agent.conf'),
    checkpoint: below('inputs.json'),
    serviceAccount: directory,
  },
  log: openLog(node),
  signal: stop.signal,
  stop: () => stop.abort(),
})
process.exit(0)
