import {join} from 'node:path'
import {execa} from 'execa'
import {afterEach, expect, test} from 'vitest'
import * as v from 'valibot'

const root = join(import.meta.dirname, '..', '..')
/** Beside the suite's own lab. */
const directory = join(root, '.cache', 'test-masks')
const environment = {ANTCTL_LAB: directory, KUBECONFIG: join(directory, 'kubeconfig'), NO_COLOR: '1'}

/** Networks in which a Node's mask leaves its router out, and what is said of them. */
const networks = [
  ['host-masks', 'n1, n2 with the mask /32: every peer is in another subnet'],
  ['unequal-masks', 'n1 (/24) takes n2 for its neighbour, n2 (/28) does not take n1 for one'],
] as const

async function program(file: string, args: readonly string[]): Promise<string> {
  const {stdout} = await execa(file, args, {cwd: root, env: environment, stdin: 'ignore', timeout: 120_000})
  return stdout
}

const lab = (...args: readonly string[]) =>
  program('sh', [join(root, 'scripts', 'node.sh'), join(root, 'lab', 'main.ts'), ...args])
const antctl = (...args: readonly string[]) => program(join(root, 'bin', 'antctl'), args)

const report = v.object({
  results: v.array(v.object({from: v.string(), to: v.string(), form: v.string(), lost: v.number(), mtu: v.number()})),
  silent: v.array(v.unknown()),
  remarks: v.array(v.object({sentence: v.string(), remedy: v.string()})),
})

afterEach(() => lab('down'))

test.each(networks)(
  '%s: tunnels carry, and the masks are told with their remedy',
  async (name, sentence) => {
    await lab('up', '--topology', name, '--deploy')
    const annotation = 'node.antrea.io/mac-address'
    await lab('kubectl', 'annotate', 'node', 'n1', `${annotation}=0a:58:00:00:00:01`, 'example=kept')
    await antctl('set-mode', 'hybrid', '--yes')
    const probes = ['check', 'probes', '--forms', 'live,tunnelled', '--seconds', '1', '-o', 'json']
    const {results, silent, remarks} = v.parse(report, JSON.parse(await antctl(...probes)))
    expect(silent).toEqual([])
    expect(results.map(({from, to, form, lost, mtu}) => `${from} ${to} ${form}: ${lost} lost, ${mtu}`)).toEqual([
      'n1 n2 live: 0 lost, 1450',
      'n1 n2 tunnelled: 0 lost, 1450',
      'n2 n1 live: 0 lost, 1450',
      'n2 n1 tunnelled: 0 lost, 1450',
    ])
    expect(remarks).toEqual([{sentence, remedy: expect.stringContaining('prefix')}])
    expect(await antctl('get', 'agentinfo')).toContain(sentence)
    // The next agent takes over what is there, and takes away what one of upstream wrote.
    const agents = ['-n', 'kube-system', 'pod', '-l', 'component=antrea-agent']
    await lab('kubectl', 'delete', ...agents, '--field-selector', 'spec.nodeName=n1')
    await lab('kubectl', 'wait', '--for=condition=Ready', ...agents, '--timeout=60s')
    await expect
      .poll(() => lab('kubectl', 'get', 'node', 'n1', '-o', 'jsonpath={.metadata.annotations}'), {timeout: 10_000})
      .not.toContain(annotation)
    expect(await lab('kubectl', 'get', 'node', 'n1', '-o', 'jsonpath={.metadata.annotations}')).toContain('"kept"')
  },
  240_000,
)
