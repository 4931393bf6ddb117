import {readFile} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {whereIs} from '../packages.ts'
import {cpio, type CpioEntry} from './cpio.ts'
import type {Kernel} from './kernel.ts'
import {loadOrder} from './modules.ts'
import {unpackXz} from './xz.ts'

/** What it takes to see the host's files and to write to its standard output. */
const wanted = ['virtio_pci', '9pnet_virtio', '9p', 'overlay', 'virtio_console']

/** The first root of the virtual machine: busybox, init.sh and the modules that lead to the host's root. */
export async function initrdFor({modules}: Pick<Kernel, 'modules'>): Promise<Buffer> {
  const text = async (name: string) => readFile(join(modules, name), 'utf8')
  const order = loadOrder(wanted, await text('modules.dep'), await text('modules.builtin'))
  const files = await Promise.all(order.map(async (file) => fileOf(`lib/${plain(file)}`, await module(modules, file))))
  return cpio([
    ...directoriesOf(['bin/busybox', ...files.map(({path}) => path)]),
    fileOf('bin/busybox', await readFile(whereIs('busybox') ?? '/bin/busybox')),
    fileOf('init', await readFile(join(import.meta.dirname, 'init.sh'))),
    fileOf('modules', Buffer.from(order.map((file) => `${plain(file)}\n`).join(''))),
    ...files,
  ])
}

async function module(modules: string, file: string): Promise<Uint8Array> {
  const content = await readFile(join(modules, file))
  return file.endsWith('.xz') ? unpackXz(content) : content
}

function plain(file: string): string {
  return file.replace(/\.xz$/u, '')
}

function fileOf(path: string, content: Uint8Array): CpioEntry {
  return {kind: 'file', path, content}
}

/** Every directory above the paths, parents first. */
function directoriesOf(paths: readonly string[]): readonly CpioEntry[] {
  const above = (path: string): readonly string[] => {
    const parent = dirname(path)
    return parent === '.' ? [] : [...above(parent), parent]
  }
  return [...new Set(paths.flatMap(above))].map((path) => ({kind: 'directory', path}))
}
