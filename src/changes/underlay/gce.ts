import type {Crossing, Machine} from './crossing.ts'
import {gceInstance} from './machine-id.ts'
import {mergedCidrs} from './merged-cidrs.ts'
import type {UnderlayNeed} from './need.ts'
import {routeControllerNeed} from './route-controller.ts'

const provider = 'gce'

/** Pods' addresses between instances of a VPC network, whose interfaces have /32 masks. */
export function gceNeeds(
  own: readonly Machine[],
  {direct, across, tunnelled, tunnel, controllers}: Crossing,
): readonly UnderlayNeed[] {
  const mine = (machines: readonly Machine[]) => machines.filter((machine) => own.includes(machine))
  const [shown, reached, ends] = [mine(direct), mine(across), mine(tunnelled)]
  return [
    ...(shown.length === 0
      ? []
      : [
          forwarding(shown),
          firewall(shown, {rules: 'all', from: mergedCidrs(shown.flatMap(({podCidrs}) => podCidrs))}),
        ]),
    ...(reached.length === 0
      ? []
      : [
          routeControllerNeed({
            provider,
            title: 'Google Cloud',
            machines: reached,
            controllers,
            commands: reached.flatMap(routeCommands),
          }),
        ]),
    ...(ends.length === 0 || tunnel.port === undefined
      ? []
      : [firewall(ends, {rules: `udp:${tunnel.port}`, from: ends.flatMap(({ip}) => ip ?? [])})]),
  ]
}

/** Either the instance forwards, or the fabric knows its Pods' range as its own. */
function forwarding(machines: readonly Machine[]): UnderlayNeed {
  return {
    asks: 'addresses',
    provider,
    state: 'unknown',
    sentence:
      "Google Cloud drops packets with Pods' addresses unless the podCIDR is an alias range of the instance, or canIpForward is set: that is possible when it is made or updated, and the update restarts it (drain the Node first)",
    nodes: machines.map(({name}) => name),
    commands: machines.flatMap(({podCidrs, facts}) => {
      const found = gceInstance(facts?.providerId)
      if (found === undefined) return []
      const {instance, project, zone} = found
      const where = `--project=${project} --zone=${zone}`
      return [
        `gcloud compute instances describe ${instance} ${where} --format='value(canIpForward,networkInterfaces[0].aliasIpRanges[].ipCidrRange)'`,
        `gcloud compute instances network-interfaces update ${instance} ${where} --aliases='${podCidrs.join(';')}'  # or:`,
        `gcloud compute instances export ${instance} ${where} --destination=${instance}.yaml && echo 'canIpForward: true' >> ${instance}.yaml && gcloud compute instances update-from-file ${instance} ${where} --source=${instance}.yaml --most-disruptive-allowed-action=RESTART`,
      ]
    }),
  }
}

function firewall(
  machines: readonly Machine[],
  {rules, from}: {readonly rules: string; readonly from: readonly string[]},
): UnderlayNeed {
  const found = machines.flatMap(({facts}) => gceInstance(facts?.providerId) ?? [])
  const name = rules === 'all' ? 'antrea-pods' : 'antrea-tunnel'
  return {
    asks: rules === 'all' ? 'addresses' : 'tunnel',
    provider,
    state: 'unknown',
    sentence:
      rules === 'all'
        ? "the firewall of the VPC network must admit the Pods' networks"
        : `the firewall of the VPC network must admit ${rules} between the Nodes`,
    nodes: machines.map(({name: node}) => node),
    commands: [...Map.groupBy(found, ({project}) => project)].flatMap(([project, [first]]) =>
      first === undefined
        ? []
        : [
            `gcloud compute firewall-rules create ${name} --project=${project} --network=${networkOfInstance(first)} --allow=${rules} --source-ranges=${from.join(',')}`,
          ],
    ),
  }
}

function routeCommands({podCidrs, facts}: Machine): readonly string[] {
  const found = gceInstance(facts?.providerId)
  if (found === undefined) return []
  const {instance, project, zone} = found
  return podCidrs.map(
    (cidr, at) =>
      `gcloud compute routes create antrea-${instance}${at === 0 ? '' : `-${at}`} --project=${project} --network=${networkOfInstance(found)} --destination-range=${cidr} --next-hop-instance=${instance} --next-hop-instance-zone=${zone}`,
  )
}

function networkOfInstance({instance, project, zone}: NonNullable<ReturnType<typeof gceInstance>>): string {
  return `$(gcloud compute instances describe ${instance} --project=${project} --zone=${zone} --format='value(networkInterfaces[0].network.basename())')`
}
