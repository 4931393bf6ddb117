import type {Ip} from '../../model/address.ts'
import {tunnelPorts} from '../../model/capture/frame.ts'

/** One instruction of the kernel's packet filter; a label stands where it may jump to. Source: linux/filter.h, bpf(4). */
type Line =
  | {readonly label: string}
  | {readonly code: number; readonly value: number; readonly yes?: string; readonly no?: string}

// BPF_LD, BPF_LDX, BPF_ALU, BPF_JMP, BPF_RET, BPF_MISC with their sizes and modes.
const [loadHalf, loadByte] = [0x28, 0x30]
const [loadWordAtX, loadHalfAtX, loadByteAtX] = [0x40, 0x48, 0x50]
const headerLengthToX = 0xb1
const [addX, and, shiftLeft, toX] = [0x0c, 0x54, 0x64, 0x07]
const [jumpIfEqual, jump, give] = [0x15, 0x05, 0x06]
const [toX0, loadWordZero] = [0x01, 0x00]

const ethernet = 14
const [sourceAt, destinationAt] = [12, 16]

/**
 * Keeps, in the kernel, whatever one of these addresses sends or gets, bare or inside Geneve and VXLAN, and every packet of
 * GRE: what is left is few enough to be looked at one by one. Without addresses all IPv4.
 */
export function packetProgram(addresses: readonly Ip[], snapLength: number): Buffer {
  const lines: readonly Line[] = [
    {code: loadHalf, value: 12},
    {code: jumpIfEqual, value: 0x0800, no: 'drop'},
    ...(addresses.length === 0 ? [] : [...outside(addresses), ...inside(addresses)]),
    {label: 'keep'},
    {code: give, value: snapLength},
    {label: 'drop'},
    {code: give, value: 0},
  ]
  return assemble(lines)
}

function outside(addresses: readonly Ip[]): readonly Line[] {
  return [
    // X is 0: what follows reads from the packet's first byte on.
    {code: toX0, value: 0},
    ...oneOf(addresses, ethernet),
    {code: loadByte, value: ethernet + 9},
    {code: jumpIfEqual, value: 47, yes: 'keep'},
    {code: jumpIfEqual, value: 17, no: 'drop'},
  ]
}

/** RFC 8926: the first byte's low six bits count words of options, of which RFC 7348 has none. */
function inside(addresses: readonly Ip[]): readonly Line[] {
  const [udp, headers] = [8, 8]
  return [
    {code: headerLengthToX, value: ethernet},
    {code: loadHalfAtX, value: ethernet + 2},
    {code: jumpIfEqual, value: tunnelPorts.geneve, yes: 'geneve'},
    {code: jumpIfEqual, value: tunnelPorts.vxlan, no: 'drop'},
    {code: loadWordZero, value: 0},
    {code: jump, value: 0, yes: 'found'},
    {label: 'geneve'},
    {code: loadByteAtX, value: ethernet + udp},
    {code: and, value: 0x3f},
    {code: shiftLeft, value: 2},
    {label: 'found'},
    {code: addX, value: 0},
    {code: toX, value: 0},
    ...oneOf(addresses, ethernet + udp + headers + ethernet),
    {code: jump, value: 0, yes: 'drop'},
  ]
}

/** Of the IP packet that begins so many bytes after X. */
function oneOf(addresses: readonly Ip[], at: number): readonly Line[] {
  return [sourceAt, destinationAt].flatMap((field) => [
    {code: loadWordAtX, value: at + field},
    ...addresses.map((ip) => ({code: jumpIfEqual, value: numberOf(ip), yes: 'keep'})),
  ])
}

function numberOf(ip: Ip): number {
  return Buffer.from(ip.split('.').map(Number)).readUInt32BE()
}

/** struct sock_filter: code, two jumps forward in instructions, a value. */
function assemble(lines: readonly Line[]): Buffer {
  const places = new Map<string, number>()
  const instructions: Exclude<Line, {label: string}>[] = []
  for (const line of lines) {
    if ('label' in line) places.set(line.label, instructions.length)
    else instructions.push(line)
  }
  const program = Buffer.alloc(instructions.length * 8)
  for (const [at, {code, value, yes, no}] of instructions.entries()) {
    const distance = (label: string | undefined) => (label === undefined ? 0 : (places.get(label) ?? 0) - at - 1)
    program.writeUInt16LE(code, at * 8)
    if (code !== jump) program.writeUInt8(distance(yes), at * 8 + 2)
    if (code !== jump) program.writeUInt8(distance(no), at * 8 + 3)
    program.writeUInt32LE(code === jump ? distance(yes) : value, at * 8 + 4)
  }
  return program
}
