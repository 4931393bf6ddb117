import {join} from 'node:path'
import type {Kernel} from './kernel.ts'

/** The processor's own virtualisation, or software emulation, some twenty times slower. */
export type Accelerator = 'kvm' | 'tcg'

const accelerators: Readonly<Record<Accelerator, readonly string[]>> = {
  kvm: ['-accel', 'kvm', '-cpu', 'host'],
  // Five levels of page tables would only make emulation slower.
  tcg: ['-accel', 'tcg,thread=multi,tb-size=512', '-cpu', 'max,la57=off'],
}

/** `quiet` and no mitigations: nobody attacks it, and emulating them is slow. */
const kernelArguments = [
  'console=ttyS0 quiet panic=-1 mitigations=off nokaslr',
  'tsc=reliable no_timer_check random.trust_cpu=on',
].join(' ')

export interface VirtualMachine {
  readonly kernel: Pick<Kernel, 'image'>
  readonly accelerator: Accelerator
  /** The directory that both sides write to; its file `initrd` is the first root, `console` what the kernel says. */
  readonly out: string
}

export function qemuArguments({kernel, accelerator, out}: VirtualMachine): readonly string[] {
  return [
    ['-machine', 'q35', ...accelerators[accelerator], '-smp', '2', '-m', '3072'],
    ['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ['-kernel', kernel.image, '-initrd', join(out, 'initrd'), '-append', kernelArguments],
    ['-serial', `file:${join(out, 'console')}`],
    ['-device', 'virtio-serial-pci', '-chardev', 'stdio,id=output,signal=off'],
    ['-device', 'virtserialport,chardev=output'],
    shared('host', '/', ['readonly=on', 'multidevs=remap']),
    shared('out', out, []),
  ].flat()
}

/** A directory over virtio and 9p; a comma in its name is written twice. */
function shared(tag: string, path: string, more: readonly string[]): readonly string[] {
  const options = [`local,id=${tag}`, `path=${path.replaceAll(',', ',,')}`, 'security_model=none', ...more]
  return ['-fsdev', options.join(','), '-device', `virtio-9p-pci,fsdev=${tag},mount_tag=${tag}`]
}
