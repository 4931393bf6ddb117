import {decimal, hex, ipv4, mac, port, type ValueKind} from './values.ts'

/**
 * Values of up to 48 bits, read from `text` between two places without a Buffer in between: what most fields of a large
 * table of flows are. −1 for what is not plain: then the kind's own parse reads it, or says what is wrong with it.
 */
export interface NumberReader {
  read(text: string, from: number, to: number): number
  readMask(text: string, from: number, to: number): number
}

const number: NumberReader = {read: readNumber, readMask: readNumber}
const readers = new Map<ValueKind, NumberReader>([
  [hex, number],
  [decimal, number],
  [port, number],
  [ipv4, {read: readIpv4, readMask: readNetmask}],
  [mac, {read: readMac, readMask: () => -1}],
])
const widths: readonly number[] = [1, 2, 4, 6]

/** How values of so many bytes are read as numbers; undefined for kinds and widths that need bytes. */
export function numberReaderOf(kind: ValueKind, bytes: number): NumberReader | undefined {
  return widths.includes(bytes) ? readers.get(kind) : undefined
}

/** Exact in a JavaScript number: 12 digits, hexadecimal or decimal. */
const mostDigits = 12
const charZero = 0x30
const charX = 0x78

function readNumber(text: string, from: number, to: number): number {
  if (text.charCodeAt(from + 1) === charX && text.charCodeAt(from) === charZero) return readHex(text, from + 2, to)
  return readDecimal(text, from, to)
}

function readDecimal(text: string, from: number, to: number): number {
  if (to <= from || to - from > mostDigits) return -1
  let value = 0
  for (let at = from; at < to; at += 1) {
    const digit = text.charCodeAt(at) - charZero
    if (digit < 0 || digit > 9) return -1
    value = value * 10 + digit
  }
  return value
}

function readHex(text: string, from: number, to: number): number {
  if (to <= from || to - from > mostDigits) return -1
  let value = 0
  for (let at = from; at < to; at += 1) {
    const digit = hexDigit(text.charCodeAt(at))
    if (digit < 0) return -1
    value = value * 16 + digit
  }
  return value
}

function hexDigit(char: number): number {
  if (char >= charZero && char <= charZero + 9) return char - charZero
  // Bit 5 makes the letter a small one.
  const letter = (char | 0x20) - 0x61
  return letter >= 0 && letter <= 5 ? letter + 10 : -1
}

/** Four octets without zeros in front, as the kind's own parse demands. */
function readIpv4(text: string, from: number, to: number): number {
  let [address, octet, digits, dots] = [0, 0, 0, 0]
  for (let at = from; at < to; at += 1) {
    const char = text.charCodeAt(at)
    if (char === charDot) {
      if (digits === 0) return -1
      address = address * 256 + octet
      dots += 1
      octet = 0
      digits = 0
      continue
    }
    const digit = char - charZero
    if (digit < 0 || digit > 9 || (digits > 0 && octet === 0)) return -1
    octet = octet * 10 + digit
    digits += 1
    if (octet > 255) return -1
  }
  return dots === 3 && digits > 0 ? address * 256 + octet : -1
}
const charDot = 0x2e

/** "24" or "255.255.255.0". */
function readNetmask(text: string, from: number, to: number): number {
  if (to - from > 2) return readIpv4(text, from, to)
  const prefix = readDecimal(text, from, to)
  return prefix < 0 || prefix > 32 ? -1 : 2 ** 32 - 2 ** (32 - prefix)
}

/** Two digits an octet; other spellings are left to the kind's own parse. */
function readMac(text: string, from: number, to: number): number {
  if (to - from !== 17) return -1
  let value = 0
  for (let at = from; at < to; at += 3) {
    const [high, low] = [hexDigit(text.charCodeAt(at)), hexDigit(text.charCodeAt(at + 1))]
    if (high < 0 || low < 0 || (at + 2 < to && text.charCodeAt(at + 2) !== charColon)) return -1
    value = value * 256 + high * 16 + low
  }
  return value
}
const charColon = 0x3a
