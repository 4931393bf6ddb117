/** A file or a directory, which has no content. Parents come before what is in them. */
export interface CpioEntry {
  readonly path: string
  readonly kind: 'file' | 'directory'
  readonly content?: Uint8Array
}

const modes = {file: 0o100755, directory: 0o040755} as const

/** What the kernel unpacks as its first root: cpio's "newc" format, Documentation/driver-api/early-userspace/buffer-format.rst. */
export function cpio(entries: readonly CpioEntry[]): Buffer {
  const trailer = member({path: 'TRAILER!!!', mode: 0, inode: 0, content: new Uint8Array()})
  return Buffer.concat([
    ...entries.flatMap(({path, kind, content = new Uint8Array()}, at) =>
      member({path, mode: modes[kind], inode: at + 1, content}),
    ),
    ...trailer,
  ])
}

interface Member {
  readonly path: string
  readonly mode: number
  readonly inode: number
  readonly content: Uint8Array
}

/** The header is text: magic, then thirteen numbers of eight hexadecimal digits; name and content end at a multiple of four. */
function member({path, mode, inode, content}: Member): readonly Uint8Array[] {
  const name = Buffer.from(`${path}\0`)
  const [uid, gid, links, mtime, major, minor, checksum] = [0, 0, 1, 0, 0, 0, 0]
  const numbers = [
    inode,
    mode,
    uid,
    gid,
    links,
    mtime,
    content.length,
    major,
    minor,
    major,
    minor,
    name.length,
    checksum,
  ]
  const header = Buffer.from(`070701${numbers.map((number) => number.toString(16).padStart(8, '0')).join('')}`)
  return [header, name, padding(header.length + name.length), content, padding(content.length)]
}

function padding(length: number): Uint8Array {
  return new Uint8Array((4 - (length % 4)) % 4)
}
