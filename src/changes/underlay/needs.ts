import {awsNeeds} from './aws.ts'
import {azureNeeds} from './azure.ts'
import type {Crossing, Machine} from './crossing.ts'
import {gceNeeds} from './gce.ts'
import {kubeRouterNeeds} from './kube-router.ts'
import type {UnderlayNeed} from './need.ts'
import {plainNeeds} from './plain.ts'
import {vsphereNeeds} from './vsphere.ts'

type NeedsOf = (own: readonly Machine[], crossing: Crossing) => readonly UnderlayNeed[]

/** Whose words are known, by the first part of spec.providerID. */
const clouds: ReadonlyMap<string, NeedsOf> = new Map([
  ['aws', awsNeeds],
  ['gce', gceNeeds],
  ['azure', azureNeeds],
  ['vsphere', vsphereNeeds],
])

/** All that the network between the Nodes must allow, in the words of whose network it is. */
export function needsOf(crossing: Crossing): readonly UnderlayNeed[] {
  const byCloud = Map.groupBy(crossing.machines, ({facts}) => {
    const provider = facts?.provider ?? ''
    return clouds.has(provider) ? provider : ''
  })
  const ofClouds = [...byCloud].flatMap(([provider, own]) => (clouds.get(provider) ?? plainNeeds)(own, crossing))
  return [...ofClouds, ...kubeRouterNeeds(byCloud.get('') ?? [], crossing), ...answersFromOutside(crossing)]
}

function answersFromOutside({unmasked}: Crossing): readonly UnderlayNeed[] {
  if (unmasked.length === 0) return []
  const sentence =
    "whoever Pods talk to outside the cluster needs a route back to the podCIDRs: their packets no longer carry a Node's address"
  return [{asks: 'answers', state: 'unknown', sentence, nodes: unmasked.map(({name}) => name), commands: []}]
}
