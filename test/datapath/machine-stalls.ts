interface Judged {
  /** Packets, words and connections that did not come. */
  readonly missing: number
  /** Was everything well where nothing was changed? */
  readonly isControlWhole: boolean
}

/**
 * Runs again when packets are missing: a fault of ours comes a second time although the control is whole. A socket of Open
 * vSwitch holds some 64 datagrams of 1 400 octets, so that a stall of a fifteenth of a second loses a few.
 */
export async function unlessTheMachineStalls<T extends Judged>(run: () => Promise<T>): Promise<T> {
  let faults = 0
  for (let left = 3; ; left--) {
    const result = await run()
    if (result.missing > 0 && result.isControlWhole) faults += 1
    if (result.missing === 0 || faults === 2 || left === 0) return result
  }
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0)
}
