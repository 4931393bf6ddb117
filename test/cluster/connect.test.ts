import {chmod, mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {connect} from '../../src/cluster/connect.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antctl-connect-'))
})
afterAll(() => rm(folder, {recursive: true}))

/** A kubeconfig whose user logs in by a program, as those of the clouds do. */
async function withPlugin(script: string): Promise<string> {
  const program = join(folder, 'login')
  await writeFile(program, `#!/bin/sh\n${script}\n`)
  await chmod(program, 0o700)
  const exec = {apiVersion: 'client.authentication.k8s.io/v1', command: program, interactiveMode: 'Never'}
  const file = join(folder, 'kubeconfig')
  const content = {
    'current-context': 'c',
    contexts: [{name: 'c', context: {cluster: 'c', user: 'u'}}],
    clusters: [{name: 'c', cluster: {server: 'https://127.0.0.1:1'}}],
    users: [{name: 'u', user: {exec}}],
  }
  await writeFile(file, JSON.stringify(content))
  return file
}

test('an exec plugin is run, and its token is used', async () => {
  const answer = {apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: {token: 'from-plugin'}}
  const kubeconfig = await withPlugin(`echo '${JSON.stringify(answer)}'`)
  const {credentials} = await connect({kubeconfig})
  expect(await credentials.token?.()).toBe('from-plugin')
})

test('a plugin that fails ends in a sentence with a remedy', async () => {
  const kubeconfig = await withPlugin('exit 3')
  await expect(connect({kubeconfig})).rejects.toMatchObject({
    code: 'KUBECONFIG_INVALID',
    remedy: [expect.stringContaining('kubectl')],
  })
})
