import {encodeAction} from './actions.ts'
import {numberReaderOf} from './numeric.ts'
import {type Outgoing, put} from './outgoing.ts'
import {remembered} from './remembered.ts'
import {decimal, ipv4} from './values.ts'

/**
 * ct() with a nat to one IPv4 address: of many endpoints only that address differs, so that the rest is found again and
 * the address written over. Puts the action at `at`, and answers where it ends; `at` itself for any other ct().
 */
export function writeTranslation(out: Outgoing, at: number, action: string): number {
  const from = action.indexOf('nat')
  const to = action.indexOf(')', from)
  // The first parenthesis inside: not in an exec(), where it would be another action's. And the only nat there is.
  if (from < 0 || to < 0 || action.indexOf('(', ctStart) !== from + 3) return at
  if (action.lastIndexOf('nat') !== from) return at
  const equals = action.indexOf('=', from)
  const colon = action.indexOf(':', from)
  const hasPort = colon > 0 && colon < to
  const address = equals < 0 || equals > to ? -1 : (addresses?.read(action, equals + 1, hasPort ? colon : to) ?? -1)
  const port = hasPort ? (ports?.read(action, colon + 1, to) ?? -1) : 0
  if (address < 0 || port < 0 || port > 0xffff) return at
  const end = put(out, at, rest(action.slice(0, equals + 1) + (hasPort ? '0.0.0.0:0' : '0.0.0.0') + action.slice(to)))
  if (end === at) return at
  out.view.setUint32(at + addressAt, address)
  if (hasPort) out.view.setUint16(at + portAt, port)
  return end
}

const ctStart = 'ct('.length
const [addresses, ports] = [numberReaderOf(ipv4, 4), numberReaderOf(decimal, 2)]
/** nicira-ext.h: struct nx_action_conntrack, then struct nx_action_nat, whose addresses and ports come last. */
const addressAt = 24 + 16
const portAt = addressAt + 4
const nothing = Buffer.alloc(0)
const rest = remembered(500, (action: string): Buffer => {
  try {
    return encodeAction(action)
  } catch {
    // Who encodes the action as it was written says what is wrong with it.
    return nothing
  }
})
