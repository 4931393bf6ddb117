import {execa} from 'execa'
import {existsSync, realpathSync} from 'node:fs'
import {glob, readFile, writeFile} from 'node:fs/promises'
import {delimiter, dirname, join} from 'node:path'
import * as v from 'valibot'
import {AntctlError} from '../../src/model/errors.ts'
import {cached, hashOf} from '../cache.ts'
import {isInstalled} from '../packages.ts'
import type {Layer} from './oci.ts'
import {type Entry, fileEntry, textEntry, treeEntries, writeTar} from './tar.ts'

/** The programs that both containers start, found on this machine; a copy brings its shared libraries. */
const programs = [
  'ovs-vswitchd',
  'ovsdb-server',
  'ovs-vsctl',
  'ovs-ofctl',
  'ovs-appctl',
  'ovs-dpctl',
  'ovsdb-tool',
  'ovsdb-client',
  'ip',
  'nft',
  'xtables-nft-multi',
  'conntrack',
  'ethtool',
  'tcpdump',
  'nsenter',
  'bash',
  'busybox',
] as const
/** The one loads the openvswitch module, the other reads the older iptables: without either a machine needs neither. */
const optional = ['modprobe', 'xtables-legacy-multi'] as const
const iptablesNames = ['iptables', 'iptables-nft', 'iptables-save', 'iptables-nft-save', 'iptables-restore']
/** By which the agent takes away what an upstream agent left in the older iptables. */
const legacyNames = ['iptables', 'ip6tables'].flatMap((name) => [`${name}-legacy-save`, `${name}-legacy-restore`])

const directories =
  'dev etc etc/openvswitch proc root run run/openvswitch sys usr usr/bin usr/lib usr/share var var/lib var/log'.split(
    ' ',
  )

/** The agent image's layer that changes with this machine only: Node.js, Open vSwitch, and what they call. */
export async function agentBase(): Promise<Layer> {
  const names = [...programs, ...optional.filter(isInstalled)]
  const found = new Map(names.map((name) => [name, findProgram(name)]))
  const libraries = await librariesOf([process.execPath, ...found.values()])
  const key = await hashOf([process.arch], [import.meta.filename, process.execPath, ...found.values(), ...libraries])
  const directory = await cached('agent-base', key, async (draft) => {
    const layer = await writeTar(join(draft, 'layer.tar'), await baseEntries(found, libraries))
    await writeFile(join(draft, 'layer.json'), JSON.stringify(layer))
  })
  const layer = v.parse(layerSchema, await readFile(join(directory, 'layer.json'), 'utf8'))
  return {file: join(directory, 'layer.tar'), ...layer}
}

const layerSchema = v.pipe(v.string(), v.parseJson(), v.object({digest: v.string(), size: v.number()}))

/** A root of the merged-/usr kind, with each program at its usual place. */
async function baseEntries(
  found: ReadonlyMap<string, string>,
  libraries: readonly string[],
): Promise<readonly Entry[]> {
  const {stdout} = await execa('busybox', ['--list'])
  const own = new Set<string>(['node', 'sh', ...found.keys(), ...iptablesNames])
  const applets = stdout.split('\n').filter((name) => name !== '' && !own.has(name))
  const schemas = '/usr/share/openvswitch'
  const extensions = dirname(libraries.find((path) => path.includes('/libc.so')) ?? '/usr/lib/libc.so')
  return [
    ...directories.map((path): Entry => ({kind: 'directory', path})),
    {kind: 'directory', path: 'tmp', mode: 0o1777},
    ...['bin', 'lib', 'lib64'].map((path): Entry => ({kind: 'link', path, target: `usr/${path}`})),
    ...['sbin', 'usr/sbin'].map((path): Entry => ({kind: 'link', path, target: path === 'sbin' ? 'usr/bin' : 'bin'})),
    // busybox's shell would take its own ip and nsenter before the real ones.
    {kind: 'link', path: 'usr/bin/sh', target: 'bash'},
    {kind: 'link', path: 'var/run', target: '/run'},
    textEntry('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\n'),
    textEntry('etc/group', 'root:x:0:\n'),
    await fileEntry('usr/bin/node', process.execPath),
    ...(await Promise.all([...found].map(([name, file]) => fileEntry(`usr/bin/${name}`, file)))),
    ...iptablesNames.map((name): Entry => ({kind: 'link', path: `usr/bin/${name}`, target: 'xtables-nft-multi'})),
    ...(found.has('xtables-legacy-multi') ? legacyNames : []).map((name): Entry => ({
      kind: 'link',
      path: `usr/bin/${name}`,
      target: 'xtables-legacy-multi',
    })),
    ...applets.map((name): Entry => ({kind: 'link', path: `usr/bin/${name}`, target: 'busybox'})),
    ...(await Promise.all(libraries.map((file) => fileEntry(placeOf(file), file)))),
    ...(await treeEntries(placeOf(join(extensions, 'xtables')), realpathSync(join(extensions, 'xtables')))),
    ...(await Promise.all(
      (await Array.fromAsync(glob('*.ovsschema', {cwd: schemas})))
        .sort()
        .map((name) => fileEntry(`usr/share/openvswitch/${name}`, join(schemas, name), 0o644)),
    )),
  ]
}

/** Every shared library and loader that ldd(1) names; our own programs only, so that running their loader is safe. */
async function librariesOf(files: readonly string[]): Promise<readonly string[]> {
  const outputs = await Promise.all(files.map((file) => execa('ldd', [file], {reject: false})))
  const paths = outputs.flatMap(({stdout}) => [...stdout.matchAll(/(\/\S+) \(0x/gu)].map(([, path = '']) => path))
  return [...new Set(paths)].sort()
}

/** /lib and /lib64 are links into /usr, in the image as on the machine. */
function placeOf(file: string): string {
  return file.startsWith('/usr/') ? file.slice(1) : `usr${file}`
}

function findProgram(name: string): string {
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/bin', '/sbin', '/bin']
  const file = directories.map((directory) => join(directory, name)).find((path) => existsSync(path))
  if (file === undefined) throw new AntctlError('MACHINE', `${name} is not installed`)
  return realpathSync(file)
}
