/** Bits first to last of a register, and what each value of them means: 'any' for a number of the packet's own. */
interface FieldRow {
  readonly register: 'reg0' | 'reg1' | 'ct_mark'
  readonly bits: readonly [first: number, last: number]
  readonly means: string
  readonly values?: Readonly<Record<string, {readonly value: number; readonly means: string}>>
}

/** What the pipeline writes into registers and marks. Places are Antrea's (pkg/agent/openflow/fields.go). */
export const fields = {
  source: {
    register: 'reg0',
    bits: [0, 3],
    means: 'where the packet came in by',
    values: {
      tunnel: {value: 1, means: 'came in by the tunnel'},
      gateway: {value: 2, means: 'came from the Node through the gateway'},
      pod: {value: 3, means: 'came from a local Pod'},
    },
  },
  destination: {
    register: 'reg0',
    bits: [4, 7],
    means: 'how the packet leaves',
    values: {
      tunnel: {value: 1, means: 'goes to another Node through the tunnel'},
      gateway: {value: 2, means: 'goes to the Node, whose routes decide'},
      pod: {value: 3, means: 'goes to a local Pod'},
    },
  },
  rewriteMac: {
    register: 'reg0',
    bits: [9, 9],
    means: 'whether the MAC addresses are still those of the tunnel',
    values: {
      no: {value: 0, means: 'the MAC addresses are right already'},
      yes: {value: 1, means: 'the MAC addresses must be rewritten for the Pod'},
    },
  },
  output: {
    register: 'reg0',
    bits: [21, 22],
    means: 'what the Output table does',
    values: {toPort: {value: 1, means: 'leaves by the port in reg1'}},
  },
  outPort: {register: 'reg1', bits: [0, 31], means: 'ofport that the packet leaves by'},
  connectionSource: {
    register: 'ct_mark',
    bits: [0, 3],
    means: "where the connection's first packet came in by",
    values: {
      tunnel: {value: 1, means: 'was opened through the tunnel'},
      gateway: {value: 2, means: 'was opened through the gateway'},
      pod: {value: 3, means: 'was opened by a local Pod'},
    },
  },
} as const satisfies Record<string, FieldRow>

export type Fields = typeof fields
export type FieldName = keyof Fields
type NamedField = {[Name in FieldName]: Fields[Name] extends {values: object} ? Name : never}[FieldName]
type ValueName<Name extends NamedField> = keyof Fields[Name]['values'] & string

/** As a match: the register and "value/mask" in ovs-fields(7)'s words. */
export function where<Name extends NamedField>(field: Name, value: ValueName<Name>): Readonly<Record<string, string>> {
  return {[fields[field].register]: masked(field, valueOf(field, value))}
}

/** As an action: writes the value, and only its bits. */
export function set<Name extends NamedField>(field: Name, value: ValueName<Name>): string {
  return `set_field:${masked(field, valueOf(field, value))}->${fields[field].register}`
}

export function setOutPort(ofport: number): string {
  return `set_field:${hex(ofport)}->${fields.outPort.register}`
}

/** In words, all that a register's content or match "0x210/0xff0" says; empty when it touches no field of ours. */
export function describeRegister(register: string, text: string): readonly string[] {
  const [value, mask] = parts(text)
  return Object.values(fields)
    .filter((row: FieldRow) => row.register === register && (mask & maskOf(row.bits)) === maskOf(row.bits))
    .flatMap((row: FieldRow) => {
      const content = Number((value & maskOf(row.bits)) >> BigInt(row.bits[0]))
      if (row.values === undefined) return [`${row.means}: ${content}`]
      const named = Object.values(row.values).find((known) => known.value === content)
      return named === undefined ? [] : [named.means]
    })
}

function valueOf(field: NamedField, name: string): number {
  const row: FieldRow = fields[field]
  return row.values?.[name]?.value ?? 0
}

function masked(field: FieldName, value: number): string {
  const {bits} = fields[field]
  return `${hex(BigInt(value) << BigInt(bits[0]))}/${hex(maskOf(bits))}`
}

function maskOf([first, last]: readonly [number, number]): bigint {
  return ((1n << BigInt(last - first + 1)) - 1n) << BigInt(first)
}

function parts(text: string): readonly [value: bigint, mask: bigint] {
  const [value = '0', mask = '0xffffffff'] = text.split('/')
  return [BigInt(value), BigInt(mask)]
}

/** As Open vSwitch prints it: what is written as the switch gives it back needs no translation to be compared. */
function hex(value: number | bigint): string {
  return Number(value) === 0 ? '0' : `0x${value.toString(16)}`
}
