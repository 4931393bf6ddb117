import {chunksOf} from '../../src/datapath/openflow/bundle-chunks.ts'
import type {Flow} from '../../src/datapath/openflow/flow.ts'
import {flowPart} from '../../src/datapath/openflow/flow-mod.ts'

/** The BUNDLE_ADD that a flow goes out in. */
export function encodeFlowMod(flow: Flow, command: 'add' | 'deleteStrict', xid: number, bundle = 1): Buffer {
  return Buffer.concat([...chunksOf([flowPart([flow], command)], {bundle, firstXid: xid})])
}
