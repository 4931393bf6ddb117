import type {KernelRoute} from '../../model/agent-api.ts'
import {sameRoute} from '../host/routes.ts'
import type {LinkSetting, Sysctl} from '../host/state.ts'
import {canonicalFlow, flowKey} from '../openflow/canonical.ts'
import type {Flow} from '../openflow/flow.ts'
import type {Kind} from './diff.ts'

/** A flow is its table, priority and match; other actions or another cookie make it a modification, never a gap. */
export const flowKind: Kind<Flow> = {
  key: flowKey,
  same(a, b) {
    const [x, y] = [canonicalFlow(a), canonicalFlow(b)]
    return x.cookie === y.cookie && x.actions.join() === y.actions.join()
  },
}

export const routeKind: Kind<KernelRoute> = {key: ({to}) => to, same: sameRoute}
export const sysctlKind: Kind<Sysctl> = {key: ({key}) => key, same: (a, b) => a.value === b.value}
export const linkKind: Kind<LinkSetting> = {key: ({name}) => name, same: (a, b) => a.mtu === b.mtu}
