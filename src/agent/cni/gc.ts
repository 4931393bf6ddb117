import {AntctlError, sentenceOf} from '../../model/errors.ts'
import type {Bench} from './add.ts'
import {unplug} from './del.ts'
import {CniError} from './error.ts'
import {isAttachment, podsAmong, type WiredPod} from './pods.ts'
import type {Attachment} from './request.ts'
import {sweep} from './sweep.ts'

/** A userspace datapath stands still for 15 ms a port: a few at a time let others in between. */
const atOnce = 10

/**
 * Removes every Pod's port, link and address that is not in the list, and nothing else. `isBusy` spares containers whose
 * own ADD or DEL is under way. Goes on after a failure, and then tells of it.
 */
export async function collectGarbage(
  valid: readonly Attachment[],
  bench: Bench,
  isBusy: (containerId: string) => boolean,
): Promise<void> {
  const {ports, trouble} = bench.plant
  if (ports === undefined) throw new CniError(11, `${trouble?.sentence ?? 'Open vSwitch is away'}: try again later`)
  const stale = podsAmong(ports.all()).filter(
    (pod) => !isBusy(pod.containerId) && !valid.some((attachment) => isAttachment(pod, attachment)),
  )
  const faults: string[] = []
  for (let at = 0; at < stale.length; at += atOnce) {
    await remove(stale.slice(at, at + atOnce), bench).catch((error: unknown) => faults.push(sentenceOf(error)))
  }
  await sweep(bench).catch((error: unknown) => faults.push(sentenceOf(error)))
  if (faults.length > 0) throw new AntctlError('MACHINE', `not all could be removed: ${faults.join('; ')}`)
}

async function remove(pods: readonly WiredPod[], bench: Bench): Promise<void> {
  const devices = pods.map(({interfaceName}) => interfaceName)
  await unplug(devices, bench)
  for (const device of devices) await bench.hands.removePodLink(device)
}
