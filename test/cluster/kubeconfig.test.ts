import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {kubeconfigFiles, readKubeconfig} from '../../src/cluster/kubeconfig.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antctl-kubeconfig-'))
})
afterAll(() => rm(folder, {recursive: true}))

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}

const one = (name: string, user: string, cluster = '') => `
current-context: ${name}
contexts: [{name: ${name}, context: {cluster: ${name}, user: ${name}, namespace: ns-${name}}}]
clusters: [{name: ${name}, cluster: {server: "https://${name}:6443"${cluster}}}]
users: [{name: ${name}, user: ${user}}]
`

describe('which files', () => {
  test.each([
    ['the flag', {kubeconfig: '/a'}, {KUBECONFIG: '/b'}, ['/a']],
    ['KUBECONFIG, several', {}, {KUBECONFIG: '/b:/c'}, ['/b', '/c']],
    ['none', {}, {HOME: '/nonexistent'}, undefined],
  ])('%s', (_name, choice, environment, files) => {
    expect(kubeconfigFiles(choice, environment)).toEqual(files)
  })
})

describe('what they say', () => {
  test('a token, a file of a token, certificates inline and by relative path', async () => {
    await file('ca.pem', 'AUTHORITY')
    const inline = Buffer.from('INLINE').toString('base64')
    const a = await file('a', one('a', '{token: secret}', ', certificate-authority: ca.pem'))
    const b = await file('b', one('b', '{tokenFile: token}', ', insecure-skip-tls-verify: true, tls-server-name: api'))
    const c = await file('c', one('c', `{client-certificate-data: ${inline}, client-key-data: ${inline}}`))
    expect(await readKubeconfig([a])).toMatchObject({
      namespace: 'ns-a',
      cluster: {server: 'https://a:6443', ca: 'AUTHORITY'},
      user: {kind: 'static', token: 'secret'},
    })
    expect(await readKubeconfig([b])).toMatchObject({
      cluster: {insecure: true, servername: 'api'},
      user: {tokenFile: join(folder, 'token')},
    })
    expect(await readKubeconfig([c])).toMatchObject({user: {certificate: {cert: 'INLINE', key: 'INLINE'}}})
  })

  test('an exec plugin needs a program', async () => {
    const exec = await file('exec', one('e', '{exec: {apiVersion: client.authentication.k8s.io/v1, command: login}}'))
    expect(await readKubeconfig([exec])).toMatchObject({user: {kind: 'program'}})
  })

  test('of several files the first that names a thing wins, and a context may be chosen', async () => {
    const first = await file('first', one('x', '{token: first}'))
    const second = await file('second', one('x', '{token: second}').replaceAll('x:6443', 'other:6443'))
    const third = await file('third', one('y', '{token: third}'))
    expect(await readKubeconfig([first, second, third])).toMatchObject({name: 'x', user: {token: 'first'}})
    expect(await readKubeconfig([first, third, join(folder, 'absent')], 'y')).toMatchObject({
      name: 'y',
      user: {token: 'third'},
    })
  })

  test.each([
    ['an absent file', undefined, undefined, /cannot be read/u],
    ['no YAML', 'a: [', undefined, /cannot be read/u],
    [
      'no current context',
      'contexts: [{name: z, context: {cluster: z, user: z}}]',
      undefined,
      /has no current context/u,
    ],
    ['an unknown context', one('a', '{}'), 'nope', /there is no context "nope"/u],
    [
      'a context without its cluster',
      one('a', '{}').replace(/clusters:.*/u, ''),
      undefined,
      /names the cluster "a", which is not there/u,
    ],
    [
      'an absent certificate',
      one('a', '{}', ', certificate-authority: gone.pem'),
      undefined,
      /gone\.pem, which the kubeconfig names, cannot be read/u,
    ],
  ])('%s is told in a sentence', async (name, text, context, sentence) => {
    const path = text === undefined ? join(folder, 'absent') : await file(name.replaceAll(' ', '-'), text)
    await expect(readKubeconfig([path], context)).rejects.toMatchObject({
      code: 'KUBECONFIG_INVALID',
      message: expect.stringMatching(sentence),
    })
  })
})
