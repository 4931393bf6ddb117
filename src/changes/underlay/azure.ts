import type {Crossing, Machine} from './crossing.ts'
import {azureMachine} from './machine-id.ts'
import type {UnderlayNeed} from './need.ts'
import {routeControllerNeed} from './route-controller.ts'

const provider = 'azure'

/** Azure delivers Pods' addresses by its route tables alone, between Nodes of one subnet, too. */
export function azureNeeds(own: readonly Machine[], {direct, across, controllers}: Crossing): readonly UnderlayNeed[] {
  const asked = new Set([...direct, ...across])
  const machines = own.filter((machine) => asked.has(machine))
  if (machines.length === 0) return []
  const commands = machines.flatMap((machine) => [...forwardingCommands(machine), ...routeCommands(machine)])
  return [routeControllerNeed({provider, title: 'Azure', machines, controllers, commands})]
}

function forwardingCommands({facts}: Machine): readonly string[] {
  const found = azureMachine(facts?.providerId)
  if (found === undefined) return []
  if ('scaleSet' in found) {
    const {group, scaleSet, number} = found
    return [
      `az vmss update --resource-group ${group} --name ${scaleSet} --set virtualMachineProfile.networkProfile.networkInterfaceConfigurations[0].enableIPForwarding=true`,
      `az vmss update-instances --resource-group ${group} --name ${scaleSet} --instance-ids ${number}`,
    ]
  }
  const {group, machine} = found
  const nic = `$(az vm show --resource-group ${group} --name ${machine} --query 'networkProfile.networkInterfaces[0].id' --output tsv)`
  return [`az network nic update --ids ${nic} --ip-forwarding true`]
}

/** TABLE: the route table of the Nodes' subnet. */
function routeCommands({name, podCidrs, ip, facts}: Machine): readonly string[] {
  const group = azureMachine(facts?.providerId)?.group
  if (group === undefined || ip === undefined || !/^[\w.-]+$/u.test(name)) return []
  return podCidrs.map(
    (cidr, at) =>
      `az network route-table route create --resource-group ${group} --route-table-name TABLE --name ${name}${at === 0 ? '' : `-${at}`} --address-prefix ${cidr} --next-hop-type VirtualAppliance --next-hop-ip-address ${ip}`,
  )
}
