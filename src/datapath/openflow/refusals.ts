import {AntctlError} from '../../model/errors.ts'
import {slice} from './codec.ts'
import {decodeFlowMod} from './flow-mod.ts'
import {errorMessage, header} from './messages.ts'
import {printFlow} from './text.ts'

/** OpenFlow 1.5.1 §7.5.4, enum ofp_error_type and the codes of the types that a flow or a bundle can meet. */
const errorTypes: Readonly<Record<number, {readonly name: string; readonly codes: readonly string[]}>> = {
  0: {name: 'HELLO_FAILED', codes: ['INCOMPATIBLE', 'EPERM']},
  1: {
    name: 'BAD_REQUEST',
    codes:
      'BAD_VERSION BAD_TYPE BAD_MULTIPART BAD_EXPERIMENTER BAD_EXP_TYPE EPERM BAD_LEN BUFFER_EMPTY BUFFER_UNKNOWN BAD_TABLE_ID IS_SLAVE BAD_PORT BAD_PACKET MULTIPART_BUFFER_OVERFLOW MULTIPART_REQUEST_TIMEOUT MULTIPART_REPLY_TIMEOUT MULTIPART_BAD_SCHED PIPELINE_FIELDS_ONLY UNKNOWN'.split(
        ' ',
      ),
  },
  2: {
    name: 'BAD_ACTION',
    codes:
      'BAD_TYPE BAD_LEN BAD_EXPERIMENTER BAD_EXP_TYPE BAD_OUT_PORT BAD_ARGUMENT EPERM TOO_MANY BAD_QUEUE BAD_OUT_GROUP MATCH_INCONSISTENT UNSUPPORTED_ORDER BAD_TAG BAD_SET_TYPE BAD_SET_LEN BAD_SET_ARGUMENT BAD_SET_MASK BAD_METER'.split(
        ' ',
      ),
  },
  3: {
    name: 'BAD_INSTRUCTION',
    codes:
      'UNKNOWN_INST UNSUP_INST BAD_TABLE_ID UNSUP_METADATA UNSUP_METADATA_MASK BAD_EXPERIMENTER BAD_EXP_TYPE BAD_LEN EPERM DUP_INST'.split(
        ' ',
      ),
  },
  4: {
    name: 'BAD_MATCH',
    codes:
      'BAD_TYPE BAD_LEN BAD_TAG BAD_DL_ADDR_MASK BAD_NW_ADDR_MASK BAD_WILDCARDS BAD_FIELD BAD_VALUE BAD_MASK BAD_PREREQ DUP_FIELD EPERM'.split(
        ' ',
      ),
  },
  5: {
    name: 'FLOW_MOD_FAILED',
    codes:
      'UNKNOWN TABLE_FULL BAD_TABLE_ID OVERLAP EPERM BAD_TIMEOUT BAD_COMMAND BAD_FLAGS CANT_SYNC BAD_PRIORITY IS_SYNC'.split(
        ' ',
      ),
  },
  6: {
    name: 'GROUP_MOD_FAILED',
    codes:
      'GROUP_EXISTS INVALID_GROUP WEIGHT_UNSUPPORTED OUT_OF_GROUPS OUT_OF_BUCKETS CHAINING_UNSUPPORTED WATCH_UNSUPPORTED LOOP UNKNOWN_GROUP CHAINED_GROUP BAD_TYPE BAD_COMMAND BAD_BUCKET BAD_WATCH EPERM UNKNOWN_BUCKET BUCKET_EXISTS'.split(
        ' ',
      ),
  },
  12: {
    name: 'METER_MOD_FAILED',
    codes:
      'UNKNOWN METER_EXISTS INVALID_METER UNKNOWN_METER BAD_COMMAND BAD_FLAGS BAD_RATE BAD_BURST BAD_BAND BAD_BAND_VALUE OUT_OF_METERS OUT_OF_BANDS'.split(
        ' ',
      ),
  },
  13: {name: 'TABLE_FEATURES_FAILED', codes: []},
  17: {
    name: 'BUNDLE_FAILED',
    codes:
      'UNKNOWN EPERM BAD_ID BUNDLE_EXIST BUNDLE_CLOSED OUT_OF_BUNDLES BAD_TYPE BAD_FLAGS MSG_BAD_LEN MSG_BAD_XID MSG_UNSUP MSG_CONFLICT MSG_TOO_MANY MSG_FAILED TIMEOUT BUNDLE_IN_PROGRESS SCHED_NOT_SUPPORTED SCHED_FUTURE SCHED_PAST'.split(
        ' ',
      ),
  },
}

/** An ERROR message's body: "BAD_MATCH BAD_PREREQ". */
export function describeRefusal(body: Buffer): string {
  const {type, code} = errorMessage.decode(body)
  const row = errorTypes[type]
  return row === undefined ? `error type ${type} code ${code}` : `${row.name} ${row.codes[code] ?? `code ${code}`}`
}

/** The error to throw for an ERROR message. Its body carries the refused message, cut to 64 bytes or more. */
export function refusalError(body: Buffer, doing: string): AntctlError {
  return new AntctlError('OPENFLOW', `Open vSwitch refused ${doing}: ${describeRefusal(body)}${quoteRefused(body)}`, {
    remedy: ['see ovs-vswitchd.log: it says more of the message than OpenFlow does'],
  })
}

/** The refused flow where the error carries the whole of it. */
function quoteRefused(body: Buffer): string {
  const refused = slice('refused message', body, errorMessage.size, body.length - errorMessage.size)
  try {
    header.decode(refused)
    return ` (${printFlow(decodeFlowMod(refused))})`
  } catch {
    return ''
  }
}
