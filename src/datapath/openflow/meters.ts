import {AntctlError} from '../../model/errors.ts'
import {encodeMeterMod, type Meter, type MeterCommand, meterToRemove, printMeter} from './meter.ts'
import type {OpenFlowSession} from './session.ts'

/** enum ofp_meter_mod_failed_code: METER_EXISTS. */
const exists = 'METER_MOD_FAILED METER_EXISTS'

/** Adds meters, or changes those that are there. Open vSwitch takes no METER_MOD in a bundle: each is on its own. */
export async function putMeters(session: OpenFlowSession, meters: readonly Meter[]): Promise<void> {
  for (const meter of meters) {
    const send = async (command: MeterCommand): Promise<void> =>
      session.command(printMeter(meter), 'meterMod', encodeMeterMod(command, meter))
    try {
      await send('add')
    } catch (error) {
      if (!(error instanceof AntctlError) || !error.message.includes(exists)) throw error
      await send('modify')
    }
  }
}

/** Meters that are not there are none to complain of. A flow that points to one goes along with it. */
export async function removeMeters(session: OpenFlowSession, ids: readonly number[]): Promise<void> {
  for (const id of ids) {
    await session.command(`the removal of meter ${id}`, 'meterMod', encodeMeterMod('remove', meterToRemove(id)))
  }
}
