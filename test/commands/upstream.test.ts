import {join} from 'node:path'
import {execa} from 'execa'
import {describe, expect, test} from 'vitest'
import {type RecordedMode, startUpstream} from './upstream-cluster.ts'

const antctl = join(import.meta.dirname, '..', '..', 'bin', 'antctl')

/** What can be asked of a cluster of upstream's; in every mode, or in one where the mode does not matter. */
const commands: Readonly<Record<string, {readonly args: readonly string[]; readonly modes?: readonly RecordedMode[]}>> =
  {
    agentinfo: {args: ['get', 'agentinfo', '-o', 'wide']},
    'agentinfo-live': {args: ['get', 'agentinfo', '--live'], modes: ['hybrid']},
    ovsflows: {args: ['get', 'ovsflows']},
    'ovsflows-tunnelled': {args: ['get', 'ovsflows', '--tunnelled']},
    'ovsflows-raw': {args: ['get', 'ovsflows', '--raw', '--match', 'tcp'], modes: ['hybrid']},
    'ovsflows-drift': {args: ['get', 'ovsflows', '--drift'], modes: ['hybrid']},
    podinterface: {args: ['get', 'podinterface', '-o', 'wide']},
    config: {args: ['get', 'config']},
    peers: {args: ['get', 'peers'], modes: ['hybrid']},
    routes: {args: ['get', 'routes'], modes: ['hybrid']},
    neighbors: {args: ['get', 'neighbors'], modes: ['hybrid']},
    nftables: {args: ['get', 'nftables'], modes: ['hybrid']},
    ports: {args: ['get', 'ports'], modes: ['hybrid']},
    drift: {args: ['get', 'drift'], modes: ['hybrid']},
    'log-level': {args: ['log-level'], modes: ['hybrid']},
    'trace-packet-live': {args: ['trace-packet', '--live', '-S', 'node1', '-D', 'default/srv'], modes: ['hybrid']},
    packetcapture: {args: ['packetcapture', '-S', 'node1', '-D', 'default/srv'], modes: ['hybrid']},
    restart: {args: ['restart', '--dry-run'], modes: ['hybrid']},
    'check-mode': {args: ['check', 'mode', '--expect', 'hybrid'], modes: ['hybrid']},
    'check-probes': {args: ['check', 'probes'], modes: ['hybrid']},
    'paths-observe': {args: ['get', 'paths', '--observe'], modes: ['hybrid']},
  }

describe.each(['encap', 'hybrid', 'noEncap'] as const)('a cluster of upstream, recorded in %s', (mode) => {
  test('answers each command as the golden files have it', async () => {
    await using cluster = await startUpstream(mode)
    const wanted = Object.entries(commands).filter(([, {modes}]) => modes?.includes(mode) ?? true)
    for (const [name, {args}] of wanted) {
      const {stdout, stderr, exitCode} = await execa(antctl, [...args], {
        reject: false,
        extendEnv: false,
        env: {PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', KUBECONFIG: cluster.kubeconfig},
        timeout: 60_000,
      })
      const told = [`$ antctl ${args.join(' ')}`, stdout, stderr, `exit status ${exitCode}`].filter(
        (part) => part !== '',
      )
      const text = `${told.join('\n')}\n`.replaceAll(/ +\d+[smhd](?=\s)/gu, ' AGO')
      await expect(text).toMatchFileSnapshot(`../golden/upstream/${mode}/${name}.txt`)
    }
  }, 120_000)
})
