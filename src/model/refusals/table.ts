import {changeRefusals} from './change.ts'
import {featureRefusals} from './features.ts'
import {formRefusals} from './form.ts'
import {nodeRefusals} from './node.ts'
import {trafficRefusals} from './traffic.ts'
import {tunnelRefusals} from './tunnel.ts'

/** Every refusal of agent and antctl, by what it is about; docs/refusals.md is printed from it. */
export const refusalChapters = {
  'The text': formRefusals,
  'Traffic modes': trafficRefusals,
  Tunnels: tunnelRefusals,
  Features: featureRefusals,
  'The Node': nodeRefusals,
  'Changes by antctl': changeRefusals,
} as const

export const refusals = {
  ...formRefusals,
  ...trafficRefusals,
  ...tunnelRefusals,
  ...featureRefusals,
  ...nodeRefusals,
  ...changeRefusals,
} as const
export type RefusalId = keyof typeof refusals
