import type {Crossing, Machine} from './crossing.ts'
import {awsInstance} from './machine-id.ts'
import {mergedCidrs} from './merged-cidrs.ts'
import type {UnderlayNeed} from './need.ts'
import {routeControllerNeed} from './route-controller.ts'

const provider = 'aws'

/** Pods' addresses between instances of a VPC. */
export function awsNeeds(
  own: readonly Machine[],
  {direct, across, tunnelled, tunnel, controllers}: Crossing,
): readonly UnderlayNeed[] {
  const mine = (machines: readonly Machine[]) => machines.filter((machine) => own.includes(machine))
  const [shown, reached, ends] = [mine(direct), mine(across), mine(tunnelled)]
  return [
    ...(shown.length === 0 ? [] : [addressCheck(shown), securityGroups(shown)]),
    ...(reached.length === 0
      ? []
      : [
          routeControllerNeed({
            provider,
            title: 'AWS',
            machines: reached,
            controllers,
            commands: routeCommands(reached),
          }),
        ]),
    ...(ends.length === 0 || tunnel.port === undefined ? [] : [tunnelPort(ends, tunnel.port)]),
  ]
}

function addressCheck(machines: readonly Machine[]): UnderlayNeed {
  return {
    asks: 'addresses',
    provider,
    state: 'unknown',
    sentence:
      "AWS drops packets whose source or destination is none of the instance's own addresses: the source/destination check must be off",
    nodes: namesOf(machines),
    commands: eachInstance(
      machines,
      ({region, instance}) =>
        `aws ec2 modify-instance-attribute --region ${region} --instance-id ${instance} --no-source-dest-check`,
    ),
  }
}

function securityGroups(machines: readonly Machine[]): UnderlayNeed {
  const ranges = mergedCidrs(machines.flatMap(({podCidrs}) => podCidrs))
  return {
    asks: 'addresses',
    provider,
    state: 'unknown',
    sentence:
      "their security groups must admit the Pods' networks: in the tunnel they saw the Nodes' addresses alone (GROUP: each that the first command names)",
    nodes: namesOf(machines),
    commands: byRegion(machines, (region, instances) => [
      `aws ec2 describe-instances --region ${region} --instance-ids ${instances.join(' ')} --query 'Reservations[].Instances[].SecurityGroups[].GroupId' --output text`,
      `aws ec2 authorize-security-group-ingress --region ${region} --group-id GROUP --ip-permissions 'IpProtocol=-1,IpRanges=[${ranges.map((cidr) => `{CidrIp=${cidr}}`).join(',')}]'`,
    ]),
  }
}

function tunnelPort(machines: readonly Machine[], port: number): UnderlayNeed {
  return {
    asks: 'tunnel',
    provider,
    state: 'unknown',
    sentence: `their security groups must admit UDP ${port} from each other (GROUP: each that the first command names)`,
    nodes: namesOf(machines),
    commands: byRegion(machines, (region, instances) => [
      `aws ec2 describe-instances --region ${region} --instance-ids ${instances.join(' ')} --query 'Reservations[].Instances[].SecurityGroups[].GroupId' --output text`,
      `aws ec2 authorize-security-group-ingress --region ${region} --group-id GROUP --protocol udp --port ${port} --source-group GROUP`,
    ]),
  }
}

/** A route table has room for 50 routes unless AWS was asked for more. */
function routeCommands(machines: readonly Machine[]): readonly string[] {
  return [
    ...byRegion(machines, (region, instances) => [
      `aws ec2 describe-instances --region ${region} --instance-ids ${instances.join(' ')} --query 'Reservations[].Instances[].[InstanceId,SubnetId]' --output text`,
      `aws ec2 describe-route-tables --region ${region} --query 'RouteTables[].[RouteTableId,Associations[].SubnetId]'  # ROUTE_TABLE: that of each of these subnets`,
    ]),
    ...machines.flatMap(({podCidrs, facts}) => {
      const found = awsInstance(facts?.providerId)
      return found === undefined
        ? []
        : podCidrs.map(
            (cidr) =>
              `aws ec2 create-route --region ${found.region} --route-table-id ROUTE_TABLE --destination-${cidr.includes(':') ? 'ipv6-' : ''}cidr-block ${cidr} --instance-id ${found.instance}`,
          )
    }),
  ]
}

function eachInstance(
  machines: readonly Machine[],
  command: (found: NonNullable<ReturnType<typeof awsInstance>>) => string,
): readonly string[] {
  return machines.flatMap(({facts}) => {
    const found = awsInstance(facts?.providerId)
    return found === undefined ? [] : [command(found)]
  })
}

/** So many at a time as a line of a shell has room for. */
const instancesAtOnce = 50

function byRegion(
  machines: readonly Machine[],
  commands: (region: string, instances: readonly string[]) => readonly string[],
): readonly string[] {
  const found = machines.flatMap(({facts}) => awsInstance(facts?.providerId) ?? [])
  const parts = Map.groupBy(found, ({region}, at) => `${region} ${Math.floor(at / instancesAtOnce)}`)
  return [...parts.values()].flatMap((own) => {
    const region = own[0]?.region ?? ''
    const instances = own.map(({instance}) => instance)
    return commands(region, instances)
  })
}

function namesOf(machines: readonly Machine[]): readonly string[] {
  return machines.map(({name}) => name)
}
