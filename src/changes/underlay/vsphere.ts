import type {Crossing, Machine} from './crossing.ts'
import type {UnderlayNeed} from './need.ts'
import {routeControllerNeed} from './route-controller.ts'

const provider = 'vsphere'

/** NSX-T alone takes routes; a plain switch of vSphere is a wire, and its routers are somebody else's. */
export function vsphereNeeds(
  own: readonly Machine[],
  {direct, across, controllers}: Crossing,
): readonly UnderlayNeed[] {
  const [shown, reached] = [direct, across].map((machines) => machines.filter((machine) => own.includes(machine)))
  return [
    ...(shown === undefined || shown.length === 0 ? [] : [spoofGuard(shown)]),
    ...(reached === undefined || reached.length === 0
      ? []
      : [
          routeControllerNeed({
            provider,
            title: 'vSphere with NSX-T',
            machines: reached,
            controllers,
            commands: [
              'kubectl -n kube-system get configmap vsphere-cloud-config -o yaml  # [Route] routerPath names the tier-1 router',
              'kubectl -n kube-system edit daemonset vsphere-cloud-controller-manager  # --allocate-node-cidrs=true --configure-cloud-routes=true --cluster-cidr',
            ],
          }),
        ]),
  ]
}

function spoofGuard(machines: readonly Machine[]): UnderlayNeed {
  return {
    asks: 'addresses',
    provider,
    state: 'unknown',
    sentence:
      "NSX-T's SpoofGuard drops packets with Pods' addresses: the segment of the Nodes needs a profile without port bindings, or the podCIDRs as address bindings of each port",
    nodes: machines.map(({name}) => name),
    commands: [],
  }
}
