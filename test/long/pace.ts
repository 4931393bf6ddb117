/** Part of the rates that this machine carries, as far as is known. */
let share = 1
const least = 1 / 16
/** A second of silence is a fault: packets a second that are never fewer. */
const audible = 4

/** Packets a second. */
export function paced(rate: number): number {
  return Math.max(Math.min(rate, audible), Math.round(rate * share))
}

/**
 * To be called when the machine has lost packets by itself: from here on all send a quarter of what they sent. The sockets
 * of Open vSwitch then hold out four times as long.
 */
export function goSlower(): void {
  share = Math.max(share / 4, least)
  console.log(`the machine does not carry these rates: from here on ${100 * share} % of the full ones`)
}
