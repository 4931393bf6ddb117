import type {Flow} from './flow.ts'
import {decodeInstructions, encodeInstructions} from './instructions.ts'
import {decodeMatch, encodeMatch, joinMatch} from './match.ts'

/** The flow as a switch gives it back after it was added: same words, same order, masks reduced. */
export function canonicalFlow(flow: Flow): Flow {
  return {...flow, match: canonicalMatch(flow), actions: decodeInstructions(encodeInstructions(flow.actions))}
}

/** Table, priority and canonical match: what makes two flows the same flow. */
export function flowKey(flow: Flow): string {
  return `table=${flow.table},priority=${flow.priority},${joinMatch(canonicalMatch(flow))}`
}

function canonicalMatch(flow: Flow): Flow['match'] {
  return decodeMatch(encodeMatch(flow.match), 0).match
}
