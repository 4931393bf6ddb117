import type {Crossing, Machine} from './crossing.ts'
import type {UnderlayNeed} from './need.ts'

/** Nodes whose network nobody has named: their own machines, or a cloud whose words are not known. */
export function plainNeeds(own: readonly Machine[], {direct, tunnelled, tunnel}: Crossing): readonly UnderlayNeed[] {
  const mine = (machines: readonly Machine[]) =>
    machines.filter((machine) => own.includes(machine)).map(({name}) => name)
  const [shown, ends] = [mine(direct), mine(tunnelled)]
  const sentences: readonly (readonly [UnderlayNeed['asks'], string, readonly string[]])[] = [
    [
      'addresses',
      "switches, hypervisors and filters between the Nodes must let packets pass whose source is a Pod's address (protection against forged addresses, OpenStack's port security, reverse-path checks)",
      shown,
    ],
    ['tunnel', `${tunnelWords(tunnel)} must pass between the Nodes, both ways`, ends],
  ]
  return sentences.flatMap(([asks, sentence, nodes]) =>
    nodes.length === 0 ? [] : [{asks, state: 'unknown', sentence, nodes, commands: []}],
  )
}

function tunnelWords({type, port}: Crossing['tunnel']): string {
  return port === undefined ? `${type} (IP protocol 47)` : `${type} (UDP ${port})`
}
