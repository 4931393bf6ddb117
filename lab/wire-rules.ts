import type {LabNode, Topology, Wire} from './topology.ts'

/** Before anything else on a bridge sees the frame. */
const hook = 'type filter hook prerouting priority -300; policy accept;'

/** Lines for nft on the router: what a Node sends with an address that is not its own, or to a Pod's, goes nowhere. */
export function addressCheck({nodes, podNetwork}: Topology): readonly string[] {
  const rules = nodes
    .flatMap(({management, transport}): readonly Wire[] => [management, transport])
    .flatMap(({port, ip}) => [
      `iifname "${port}" ip saddr != ${ip} counter drop`,
      `iifname "${port}" ip daddr ${podNetwork} counter drop`,
    ])
  return table('address-check', rules)
}

/** Lines for nft on the router: nothing that one Node sends reaches the other's transport address or Pods. */
export function cutRules(a: LabNode, b: LabNode): readonly string[] {
  const oneWay = ({transport: {port}}: LabNode, {transport: {ip}, podCidr}: LabNode) =>
    `iifname "${port}" ip daddr { ${ip}, ${podCidr} } counter drop`
  return table(cutName(a, b), [oneWay(a, b), oneWay(b, a)])
}

/** Also when there is no cut. */
export function healRules(a: LabNode, b: LabNode): readonly string[] {
  return [`table bridge ${cutName(a, b)}`, `delete table bridge ${cutName(a, b)}`]
}

/** One table a pair, in whichever order the two are named. */
function cutName(...pair: readonly [LabNode, LabNode]): string {
  return `cut-${pair
    .map(({name}) => name)
    .sort()
    .join('-')}`
}

function table(name: string, rules: readonly string[]): readonly string[] {
  return [
    `table bridge ${name}`,
    `delete table bridge ${name}`,
    `table bridge ${name} {`,
    `chain wire { ${hook}`,
    ...rules,
    '}',
    '}',
  ]
}
