import type {Machine} from './machine.ts'
import type {Step} from './steps.ts'

/** Each step waits for the one before; the first that fails ends it, and the next plan starts from what is then there. */
export async function apply(steps: readonly Step[], machine: Machine): Promise<void> {
  for (const step of steps) await perform(step, machine)
}

function perform(step: Step, machine: Machine): Promise<void> {
  switch (step.kind) {
    case 'sysctls':
      return machine.sysctls.put(step.sysctls)
    case 'links':
      return machine.links.put(step.links)
    case 'limit-pods':
      return machine.pods.limit(step.pods)
    case 'free-pods':
      return machine.pods.free(step.pods)
    case 'ruleset':
      return machine.nft.put(step.ruleset)
    case 'guard':
      return machine.nft.guard(step.devices)
    case 'unguard':
      return machine.nft.unguard(step.devices)
    case 'pod-cidrs':
      return machine.nft.addPodCidrs(step.podCidrs)
    case 'remove-pod-cidrs':
      return machine.nft.removePodCidrs(step.podCidrs)
    case 'warm-neighbours':
      return machine.neighbours.warm(step.hops)
    case 'tunnel-neighbours':
      return machine.neighbours.put(step.hops)
    case 'tunnel-ways':
      return machine.tunnelWays.put(step.ways, step.dev)
    case 'direct-routes':
    case 'tunnel-routes':
      return machine.routes.put(step.routes)
    case 'withdraw-routes':
    case 'remove-routes':
      return machine.routes.remove(step.routes)
    case 'direct-rules':
    case 'tunnel-rules':
      return machine.rules.put(step.rules)
    case 'withdraw-rules':
      return machine.rules.remove(step.rules)
    case 'receiving-flows':
      return machine.openflow.bundle({add: step.add, remove: []})
    case 'flows':
      return machine.openflow.bundle(step)
    case 'meters':
      return machine.openflow.putMeters(step.meters)
    case 'remove-meters':
      return machine.openflow.removeMeters(step.ids)
    case 'revalidate':
      return machine.control.revalidate()
  }
}
