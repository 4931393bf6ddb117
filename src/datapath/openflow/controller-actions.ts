import {type ActionKind, parseBytes, printBytes, readOptions} from './action-kind.ts'
import {malformed, pad, padded, slice, struct, u16, u8} from './codec.ts'
import {decimal, readNumber, unreadable} from './values.ts'
import {insideOf, splitWords} from './words.ts'

/** enum ofp_packet_in_reason: its words, in the order of its numbers. */
export const packetInReasons = ['no_match', 'action', 'invalid_ttl', 'action_set', 'group', 'packet_out'] as const
const ordinary = {max_len: 65_535, id: 0, reason: 'action'} as const

interface Options {
  readonly reason: string
  readonly maxLength: number
  readonly id: number
  readonly userdata?: Buffer
  readonly pause?: true
  readonly meter?: number
}

/** struct nx_action_controller. */
const controllerBody = struct('controller', {maxLength: u16, id: u16, reason: u8, pad: pad(1)})

/** controller([reason=…],[max_len=…],[id=…]) */
const controller: ActionKind = {
  nicira: 20,
  words: ['controller'],
  parse(text) {
    const options = readController(text)
    if (options === undefined || needsProperties(options)) return undefined
    const {maxLength, id, reason} = options
    return controllerBody.encode({maxLength, id, reason: reasonNumber(reason)})
  },
  print(body) {
    const {reason, ...others} = controllerBody.decode(body)
    return printController({...others, reason: reasonName(reason)})
  },
}

/** struct nx_action_controller2: properties follow six bytes of zeros; their length does not count their padding. */
const property = struct('property of controller', {type: u16, length: u16})
const propertyRows = [
  {type: 0, name: 'max_len', bytes: 2},
  {type: 1, name: 'id', bytes: 2},
  {type: 2, name: 'reason', bytes: 1},
  {type: 3, name: 'userdata', bytes: undefined},
  {type: 4, name: 'pause', bytes: 0},
  {type: 5, name: 'meter_id', bytes: 4},
] as const
type PropertyName = (typeof propertyRows)[number]['name']

/** The same with userdata=BYTES, pause or meter_id=N. */
const controllerWithProperties: ActionKind = {
  nicira: 37,
  words: ['controller'],
  parse(text) {
    const options = readController(text)
    if (options === undefined) return undefined
    const values = valuesOf(options)
    const properties = propertyRows.flatMap(({type, name, bytes}) => {
      const value = values.get(name)
      if (value === undefined) return []
      // A value of two bytes counts as four.
      const length = property.size + (bytes === 2 ? 4 : value.length)
      return [Buffer.concat([property.encode({type, length}), value], padded(length))]
    })
    return Buffer.concat([Buffer.alloc(6), ...properties])
  },
  print(body) {
    const values = new Map<PropertyName, Buffer>()
    for (let at = 6; at < body.length;) {
      const {type, length} = property.decode(body, at)
      const row = propertyRows.find((known) => known.type === type)
      const value = slice('property of controller', body, at + property.size, length - property.size)
      if (row === undefined) return undefined
      values.set(row.name, slice('property of controller', value, 0, row.bytes ?? value.length))
      at += padded(length)
    }
    const numberOf = (name: PropertyName): number | undefined => {
      const value = values.get(name)
      return value === undefined ? undefined : value.readUIntBE(0, value.length)
    }
    const [userdata, meter] = [values.get('userdata'), numberOf('meter_id')]
    return printController({
      reason: reasonName(numberOf('reason') ?? reasonNumber(ordinary.reason)),
      maxLength: numberOf('max_len') ?? ordinary.max_len,
      id: numberOf('id') ?? ordinary.id,
      ...(userdata !== undefined && {userdata}),
      ...(values.has('pause') && {pause: true}),
      ...(meter !== undefined && {meter}),
    })
  },
}

export const controllerActions: readonly ActionKind[] = [controller, controllerWithProperties]

function readController(text: string): Options | undefined {
  const inside = insideOf(text, 'controller')
  if (inside === undefined) return undefined
  const options = readOptions(
    splitWords(inside),
    propertyRows.map(({name}) => name),
  )
  const [userdata, meter] = [options.get('userdata'), options.get('meter_id')]
  return {
    reason: options.get('reason') ?? ordinary.reason,
    maxLength: readNumber(options.get('max_len') ?? String(ordinary.max_len), 2),
    id: readNumber(options.get('id') ?? '0', 2),
    ...(userdata !== undefined && {userdata: parseBytes(userdata)}),
    ...(options.has('pause') && {pause: true}),
    ...(meter !== undefined && {meter: readNumber(meter, 4)}),
  }
}

function printController({reason, maxLength, id, userdata, pause, meter}: Options): string {
  const words = [
    reason === ordinary.reason ? '' : `reason=${reason}`,
    maxLength === ordinary.max_len ? '' : `max_len=${maxLength}`,
    id === ordinary.id ? '' : `id=${id}`,
    userdata === undefined || userdata.length === 0 ? '' : `userdata=${printBytes(userdata)}`,
    pause === true ? 'pause' : '',
    meter === undefined ? '' : `meter_id=${meter}`,
  ].filter((word) => word !== '')
  const onlyLength = words.every((word) => word.startsWith('max_len='))
  return onlyLength ? `CONTROLLER:${maxLength}` : `controller(${words.join(',')})`
}

function needsProperties({userdata, pause, meter}: Options): boolean {
  return userdata !== undefined || pause === true || meter !== undefined
}

/** What differs from what a switch assumes. */
function valuesOf({reason, maxLength, id, userdata, pause, meter}: Options): ReadonlyMap<PropertyName, Buffer> {
  const values = new Map<PropertyName, Buffer>()
  if (maxLength !== ordinary.max_len) values.set('max_len', decimal.parse(String(maxLength), 2))
  if (id !== ordinary.id) values.set('id', decimal.parse(String(id), 2))
  if (reason !== ordinary.reason) values.set('reason', Buffer.from([reasonNumber(reason)]))
  if (userdata !== undefined && userdata.length > 0) values.set('userdata', userdata)
  if (pause === true) values.set('pause', Buffer.alloc(0))
  if (meter !== undefined) values.set('meter_id', decimal.parse(String(meter), 4))
  return values
}

function reasonNumber(name: string): number {
  const number = packetInReasons.findIndex((reason) => reason === name)
  if (number < 0) throw unreadable(name, `one of ${packetInReasons.join(', ')}`)
  return number
}

function reasonName(number: number): string {
  const name = packetInReasons[number]
  if (name === undefined) throw malformed(`${number} is no reason to ask a controller`)
  return name
}
