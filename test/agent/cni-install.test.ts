import {mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, symlink, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {type CniPlaces, installCni, uninstallCni, withdrawCni} from '../../src/agent/cni/install.ts'

const programs = ['antrea', 'antrea-bandwidth', 'antrea-portmap']
let folder: string
let places: CniPlaces

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antctl-cni-'))
  places = {
    cniConfig: join(folder, 'etc/cni/net.d'),
    cniPrograms: join(folder, 'opt/cni/bin'),
    cniShipped: join(folder, 'image'),
  }
  await mkdir(places.cniShipped)
  for (const program of programs) await writeFile(join(places.cniShipped, program), `program ${program}`)
})

afterEach(() => rm(folder, {recursive: true}))

const conflist = async (): Promise<unknown> =>
  JSON.parse(await readFile(join(places.cniConfig, '10-antrea.conflist'), 'utf8'))
const onNode = async () => (await readdir(places.cniPrograms)).toSorted()

test('kernel datapath: port mappings and bandwidth are chained', async () => {
  await installCni(places, {datapath: 'system'})
  expect(await conflist()).toEqual({
    cniVersion: '1.0.0',
    cniVersions: ['1.0.0', '1.1.0'],
    name: 'antrea',
    plugins: [
      {type: 'antrea'},
      {type: 'antrea-portmap', capabilities: {portMappings: true}},
      {type: 'antrea-bandwidth', capabilities: {bandwidth: true}},
    ],
  })
  expect(await onNode()).toEqual([...programs, 'loopback'])
  expect((await stat(join(places.cniPrograms, 'antrea-portmap'))).mode & 0o777).toBe(0o755)
  expect((await stat(join(places.cniConfig, '10-antrea.conflist'))).mode & 0o777).toBe(0o644)
})

test('userspace datapath: bandwidth is not promised', async () => {
  await installCni(places, {datapath: 'netdev'})
  expect(await conflist()).toMatchObject({plugins: [{type: 'antrea'}, {type: 'antrea-portmap'}]})
})

test('again: nothing is written; what somebody spoiled is put back', async () => {
  await installCni(places, {datapath: 'netdev'})
  const file = join(places.cniConfig, '10-antrea.conflist')
  const before = await stat(file)
  await writeFile(join(places.cniPrograms, 'antrea'), 'spoiled')
  await installCni(places, {datapath: 'netdev'})
  expect((await stat(file)).ino).toBe(before.ino)
  expect(await readFile(join(places.cniPrograms, 'antrea'), 'utf8')).toBe('program antrea')
})

test('a Node that has its own loopback keeps it, also through the uninstall', async () => {
  await mkdir(places.cniPrograms, {recursive: true})
  await writeFile(join(places.cniPrograms, 'loopback'), 'its own')
  await writeFile(join(places.cniPrograms, 'portmap'), 'its own')
  await installCni(places, {datapath: 'netdev'})
  expect(await readFile(join(places.cniPrograms, 'loopback'), 'utf8')).toBe('its own')
  await uninstallCni(places)
  expect(await onNode()).toEqual(['loopback', 'portmap'])
})

test('withdrawn: the list goes, the programs stay for the Pods that leave', async () => {
  await installCni(places, {datapath: 'netdev'})
  await withdrawCni(places)
  expect(await readdir(places.cniConfig)).toEqual([])
  expect(await onNode()).toEqual([...programs, 'loopback'])
  await withdrawCni(places)
})

test('uninstalled: nothing of ours, and twice is harmless', async () => {
  await installCni(places, {datapath: 'netdev'})
  expect(await readlink(join(places.cniPrograms, 'loopback'))).toBe('antrea')
  await uninstallCni(places)
  await uninstallCni(places)
  expect([...(await onNode()), ...(await readdir(places.cniConfig))]).toEqual([])
})

test('a link in the place of a file is replaced, and what it leads to is left alone', async () => {
  const other = join(folder, 'other')
  await writeFile(other, 'foreign')
  await mkdir(places.cniPrograms, {recursive: true})
  await symlink(other, join(places.cniPrograms, 'antrea'))
  await installCni(places, {datapath: 'netdev'})
  expect(await readFile(other, 'utf8')).toBe('foreign')
})
