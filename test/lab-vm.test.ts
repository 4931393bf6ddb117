import {expect, test} from 'vitest'
import {payloadOf} from '../lab/vm/boot-image.ts'
import {cpio} from '../lab/vm/cpio.ts'
import {loadOrder} from '../lab/vm/modules.ts'
import {qemuArguments} from '../lab/vm/qemu.ts'

const dependencies = [
  'kernel/fs/9p/9p.ko: kernel/net/9p/9pnet.ko kernel/fs/netfs/netfs.ko',
  'kernel/net/9p/9pnet.ko:',
  'kernel/fs/netfs/netfs.ko:',
  'kernel/net/9p/9pnet_virtio.ko.xz: kernel/net/9p/9pnet.ko kernel/drivers/virtio/virtio.ko kernel/drivers/virtio/virtio_ring.ko',
].join('\n')

test('modules are loaded after what they need, each once; built-in ones not at all', () => {
  expect(loadOrder(['9p', '9pnet-virtio', 'overlay'], dependencies, 'kernel/fs/overlayfs/overlay.ko\n')).toEqual([
    'kernel/fs/netfs/netfs.ko',
    'kernel/net/9p/9pnet.ko',
    'kernel/fs/9p/9p.ko',
    'kernel/drivers/virtio/virtio_ring.ko',
    'kernel/drivers/virtio/virtio.ko',
    'kernel/net/9p/9pnet_virtio.ko.xz',
  ])
})

test('a module that the kernel lacks is named', () => {
  expect(() => loadOrder(['overlay'], dependencies, '')).toThrow('this kernel has no module overlay')
})

test('a cpio archive: headers of 110 characters, everything at multiples of four', () => {
  const archive = cpio([
    {kind: 'directory', path: 'lib'},
    {kind: 'file', path: 'lib/a', content: Buffer.from('hello')},
  ])
  const numbers = (...fields: readonly number[]) => fields.map((field) => field.toString(16).padStart(8, '0')).join('')
  expect(archive.toString('latin1')).toBe(
    [
      `070701${numbers(1, 0o040755, 0, 0, 1, 0, 0, 0, 0, 0, 0, 4, 0)}lib\0\0\0`,
      `070701${numbers(2, 0o100755, 0, 0, 1, 0, 5, 0, 0, 0, 0, 6, 0)}lib/a\0hello\0\0\0`,
      `070701${numbers(0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 11, 0)}TRAILER!!!\0\0\0\0`,
    ].join(''),
  )
})

/** setup_sects 1, so the payload's offset counts from the third sector. */
function bootImage(payload: Buffer): Buffer {
  const head = Buffer.alloc(2 * 512)
  head[0x1f1] = 1
  head.write('HdrS', 0x202, 'latin1')
  head.writeUInt32LE(16, 0x248)
  head.writeUInt32LE(payload.length, 0x24c)
  return Buffer.concat([head, Buffer.alloc(16), payload, Buffer.from('signature')])
}

test('the packed kernel in a bzImage is without its size at the end', () => {
  const image = bootImage(Buffer.from('packed kernel\u0001\u0002\u0003\u0004'))
  expect(payloadOf(image).toString()).toBe('packed kernel')
})

test('a bzImage that is none or cut off is refused, wherever it is cut', () => {
  const image = bootImage(Buffer.from('packed kernel\u0001\u0002\u0003\u0004'))
  for (let length = 0; length < image.length - 'signature'.length; length++) {
    expect(() => payloadOf(image.subarray(0, length))).toThrow(/^this (?:is no bzImage|bzImage is cut off)$/u)
  }
})

test('a comma in the path of the exchange directory does not end the option', () => {
  const args = qemuArguments({kernel: {image: '/k'}, accelerator: 'tcg', out: '/a,b'})
  expect(args).toContain('local,id=out,path=/a,,b,security_model=none')
  expect(args).toContain('local,id=host,path=/,security_model=none,readonly=on,multidevs=remap')
})
