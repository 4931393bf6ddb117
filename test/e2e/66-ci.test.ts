import {mkdtemp, readFile, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {execa} from 'execa'
import {beforeAll, expect, onTestFinished, test} from 'vitest'
import * as v from 'valibot'
import {kubeconfigPath} from '../../lab/lab.ts'
import {faultsOf, publishedSchema} from '../json-schema.ts'
import {antctl, antctlOk, lab, onNode} from './cluster.ts'

const root = join(import.meta.dirname, '..', '..')
const check = v.object({
  result: v.string(),
  answers: v.array(v.object({node: v.string(), question: v.string(), result: v.string(), sentence: v.string()})),
})
const failures = async (...args: readonly string[]) => {
  const {stdout, exitCode} = await antctl('check', 'mode', '--seconds', '1', ...args, '-o', 'json')
  const {answers} = v.parse(check, JSON.parse(stdout))
  const rows = answers.filter(({result}) => result !== 'ok')
  return {exitCode, rows: rows.map(({node, question, result}) => `${node} ${question} ${result}`)}
}

beforeAll(() => antctlOk('set-mode', 'encap', '--yes'))

test('the workflow of docs/ci.md, as it stands there, brings the cluster into the mode and proves it', async () => {
  const page = await readFile(join(root, 'docs', 'ci.md'), 'utf8')
  const [, script = ''] = /```sh\n(.*?)```/su.exec(page) ?? []
  const directory = await mkdtemp(join(tmpdir(), 'antctl-ci-'))
  onTestFinished(() => rm(directory, {recursive: true}))
  const env = {KUBECONFIG: kubeconfigPath, PATH: `${join(root, 'bin')}:${process.env['PATH'] ?? ''}`}
  const {exitCode, stderr} = await execa('sh', ['-c', script], {cwd: directory, env, reject: false, stdin: 'ignore'})
  expect([exitCode, stderr]).toEqual([0, ''])
  const found: unknown = JSON.parse(await readFile(join(directory, 'reports', 'mode.json'), 'utf8'))
  expect(faultsOf(found, publishedSchema('mode-check'))).toEqual([])
  expect(v.parse(check, found).result).toBe('ok')
  expect(await readFile(join(directory, 'reports', 'mode.xml'), 'utf8')).toContain(
    'name="antctl check mode" tests="21" failures="0" errors="0"',
  )
})

test('another mode than expected: every Node is named for its mode and its ways', async () => {
  const {exitCode, rows} = await failures('--expect', 'encap', '--nodes', 'n1,n2')
  expect([exitCode, rows]).toEqual([1, ['n1 mode failed', 'n1 ways failed', 'n2 mode failed', 'n2 ways failed']])
})

test('a link that drops everything fails the loss of its Nodes, and --max-loss allows it', async () => {
  await lab('cut', 'n1:n3')
  try {
    const {exitCode, rows} = await failures('--expect', 'hybrid', '--nodes', 'n1,n3')
    expect([exitCode, rows]).toEqual([1, ['n1 loss failed', 'n3 loss failed']])
    const allowed = await failures('--expect', 'hybrid', '--nodes', 'n1,n3', '--max-loss', '100000')
    expect(allowed).toEqual({exitCode: 0, rows: []})
  } finally {
    await lab('heal', 'n1:n3')
  }
})

test('a Node that does not answer is not in the mode for all that is known: status 5', async () => {
  const agent = (await onNode('n4', 'pgrep', '-o', '-f', '^[^ ]*node .*antrea-agent.mjs$')).trim()
  await onNode('n4', 'kill', '-STOP', agent)
  try {
    const {exitCode, rows} = await failures('--expect', 'hybrid', '--nodes', 'n1,n2,n4')
    const unknown = ['mode', 'configuration', 'drift', 'ways', 'loss'].map((question) => `n4 ${question} unknown`)
    expect([exitCode, rows]).toEqual([5, unknown])
  } finally {
    await onNode('n4', 'kill', '-CONT', agent)
  }
})
