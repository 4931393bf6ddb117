import {unpackXz} from './xz.ts'

const xzMagic = Buffer.from('fd377a585a00', 'hex')

/**
 * The ELF file in a bzImage, which QEMU starts at its PVH entry without the kernel's own slow unpacking; undefined where it is not
 * packed with xz. Documentation/arch/x86/boot.rst: setup_sects at 0x1f1, payload_offset at 0x248, payload_length at 0x24c.
 */
export async function elfOf(image: Buffer): Promise<Uint8Array | undefined> {
  const payload = payloadOf(image)
  if (!payload.subarray(0, xzMagic.length).equals(xzMagic)) return undefined
  return unpackXz(payload)
}

/** Its last four octets, the size unpacked, are no part of the archive. */
export function payloadOf(image: Buffer): Buffer {
  if (image.length < 0x250 || image.toString('latin1', 0x202, 0x206) !== 'HdrS') throw new Error('this is no bzImage')
  const start = ((image[0x1f1] ?? 0) + 1) * 512 + image.readUInt32LE(0x248)
  const end = start + image.readUInt32LE(0x24c)
  if (end > image.length) throw new Error('this bzImage is cut off')
  return image.subarray(start, end - 4)
}
