import {createReadStream} from 'node:fs'
import {lstat, open, readdir, readlink} from 'node:fs/promises'
import {join} from 'node:path'
import {createHash} from 'node:crypto'

/** What goes into a tar archive: a text or bytes, a file of this machine, a link, or a directory. */
export type Entry = {readonly path: string; readonly mode?: number} & (
  | {readonly kind: 'bytes'; readonly content: Uint8Array}
  | {readonly kind: 'file'; readonly source: string; readonly size: number}
  | {readonly kind: 'link'; readonly target: string}
  | {readonly kind: 'directory'}
)

const block = 512
const typeFlags = {bytes: '0', file: '0', link: '2', directory: '5'} as const

/** Writes the archive and answers the SHA-256 and size in bytes: equal entries give equal archives. POSIX.1-2024 pax. */
export async function writeTar(
  target: string,
  entries: readonly Entry[],
): Promise<{readonly digest: string; readonly size: number}> {
  await using file = await open(target, 'w')
  const hash = createHash('sha256')
  let size = 0
  const put = async (bytes: Uint8Array): Promise<void> => {
    hash.update(bytes)
    size += bytes.length
    await file.writeFile(bytes)
  }
  for (const entry of entries) {
    for (const bytes of headersOf(entry)) await put(bytes)
    if (entry.kind === 'bytes') await put(entry.content)
    if (entry.kind === 'file')
      for await (const chunk of createReadStream(entry.source, {highWaterMark: 1 << 20})) await put(toBytes(chunk))
    await put(padding(sizeOf(entry)))
  }
  await put(Buffer.alloc(2 * block))
  return {digest: hash.digest('hex'), size}
}

/** A file of this machine as an entry; links are followed. */
export async function fileEntry(path: string, source: string, mode = 0o755): Promise<Entry> {
  await using file = await open(source)
  return {kind: 'file', path, source, mode, size: (await file.stat()).size}
}

/** A directory of this machine with everything in it, links kept. */
export async function treeEntries(path: string, source: string): Promise<readonly Entry[]> {
  const names = (await readdir(source)).sort()
  const inner = await Promise.all(
    names.map(async (name): Promise<readonly Entry[]> => {
      const [at, from] = [`${path}/${name}`, join(source, name)]
      const status = await lstat(from)
      if (status.isDirectory()) return treeEntries(at, from)
      if (status.isSymbolicLink()) return [{kind: 'link', path: at, target: await readlink(from)}]
      return [await fileEntry(at, from, status.mode & 0o777)]
    }),
  )
  return [{kind: 'directory', path}, ...inner.flat()]
}

export function textEntry(path: string, text: string, mode = 0o644): Entry {
  return {kind: 'bytes', path, content: Buffer.from(text), mode}
}

/** ustar's name field ends at 100 bytes: a longer name is told by a pax record before it. */
function headersOf(entry: Entry): readonly Uint8Array[] {
  const link = entry.kind === 'link' ? entry.target : ''
  const records = [
    ...(Buffer.byteLength(entry.path) > 100 ? [paxRecord('path', entry.path)] : []),
    ...(Buffer.byteLength(link) > 100 ? [paxRecord('linkpath', link)] : []),
  ].join('')
  const own = header(entry.path, typeFlags[entry.kind], sizeOf(entry), entry.mode ?? 0o755, link)
  if (records === '') return [own]
  const body = Buffer.from(records)
  return [header('pax', 'x', body.length, 0o644, ''), body, padding(body.length), own]
}

/** "LENGTH key=value\n", where LENGTH counts itself. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`
  let length = Buffer.byteLength(rest)
  while (String(length).length + Buffer.byteLength(rest) !== length)
    length = String(length).length + Buffer.byteLength(rest)
  return `${length}${rest}`
}

function header(path: string, type: string, size: number, mode: number, link: string): Uint8Array {
  const bytes = Buffer.alloc(block)
  const field = (offset: number, length: number, text: string): void =>
    void bytes.write(text.slice(0, length), offset, 'utf8')
  const octal = (offset: number, length: number, value: number): void =>
    field(offset, length, `${value.toString(8).padStart(length - 1, '0')}\0`)
  field(0, 100, path)
  octal(100, 8, mode)
  octal(108, 8, 0)
  octal(116, 8, 0)
  octal(124, 12, size)
  octal(136, 12, 0)
  field(156, 1, type)
  field(157, 100, link)
  field(257, 8, 'ustar\u000000')
  field(148, 8, '        ')
  const sum = bytes.reduce((total, byte) => total + byte, 0)
  field(148, 8, `${sum.toString(8).padStart(6, '0')}\0 `)
  return bytes
}

function sizeOf(entry: Entry): number {
  if (entry.kind === 'bytes') return entry.content.length
  return entry.kind === 'file' ? entry.size : 0
}

function padding(size: number): Uint8Array {
  return Buffer.alloc((block - (size % block)) % block)
}

function toBytes(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk
  throw new TypeError('a stream of bytes gave something else')
}
