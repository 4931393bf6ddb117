import {execa} from 'execa'
import {mkdtemp, readFile, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {writeImage} from '../lab/images/oci.ts'
import {type Entry, textEntry, writeTar} from '../lab/images/tar.ts'

let directory = ''
beforeAll(async () => (directory = await mkdtemp(join(tmpdir(), 'antctl-image-'))))
afterAll(() => rm(directory, {recursive: true}))

const long = `etc/${'deep/'.repeat(30)}name`
const entries: readonly Entry[] = [
  {kind: 'directory', path: 'etc'},
  textEntry('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\n'),
  textEntry(long, 'x'.repeat(513), 0o600),
  {kind: 'link', path: 'bin', target: 'usr/bin'},
  {kind: 'link', path: 'far', target: `/${'a'.repeat(120)}`},
]

test('tar(1) reads back names, modes, links and contents', async () => {
  const file = join(directory, 'a.tar')
  await writeTar(file, entries)
  const {stdout} = await execa('tar', ['--list', '--verbose', '--numeric-owner', '--utc', '-f', file])
  expect(stdout.split('\n').map((line) => line.replaceAll(/ +/gu, ' '))).toEqual([
    'drwxr-xr-x 0/0 0 1970-01-01 00:00 etc',
    '-rw-r--r-- 0/0 30 1970-01-01 00:00 etc/passwd',
    `-rw------- 0/0 513 1970-01-01 00:00 ${long}`,
    'lrwxr-xr-x 0/0 0 1970-01-01 00:00 bin -> usr/bin',
    `lrwxr-xr-x 0/0 0 1970-01-01 00:00 far -> /${'a'.repeat(120)}`,
  ])
  expect((await execa('tar', ['-xOf', file, long])).stdout).toBe('x'.repeat(513))
})

test('equal entries give equal archives, whose digest is told', async () => {
  const [first, second] = [join(directory, 'b.tar'), join(directory, 'c.tar')]
  const [one, two] = [await writeTar(first, entries), await writeTar(second, entries)]
  expect(one).toEqual(two)
  expect(await readFile(first)).toEqual(await readFile(second))
  expect((await execa('sha256sum', [first])).stdout.split(' ')[0]).toBe(one.digest)
})

test('an image names its layers and carries those that are asked for', async () => {
  const layer = async (name: string) => {
    const file = join(directory, name)
    return {file, ...(await writeTar(file, [textEntry(name, name)]))}
  }
  const [base, app] = [await layer('base'), await layer('app')]
  const file = join(directory, 'image.tar')
  await writeImage(file, {name: 'localhost/x:1', layers: [base, app], carried: [app], command: ['/bin/x']})
  const names = (await execa('tar', ['-tf', file])).stdout.split('\n')
  expect(names).toContain(`blobs/sha256/${app.digest}`)
  expect(names).not.toContain(`blobs/sha256/${base.digest}`)
  const index: unknown = JSON.parse((await execa('tar', ['-xOf', file, 'index.json'])).stdout)
  expect(index).toMatchObject({manifests: [{annotations: {'io.containerd.image.name': 'localhost/x:1'}}]})
})
