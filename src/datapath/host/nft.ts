import {familyOf, type Cidr} from '../../model/address.ts'
import {names} from '../../model/names.ts'
import type {NatRules} from './state.ts'

/** Our table, in families inet and netdev. */
export const nftTable = 'antctl'
export const podCidrSetName = 'pod_cidrs'

/**
 * Ruleset for `nft -f`: puts table inet antctl in the place of the one before, in one transaction. The set holds every
 * podCIDR in every mode, so that no Node has to know how another one sends.
 */
export function natRuleset({podCidr, noSNAT}: NatRules, podCidrs: readonly string[]): string {
  const masquerade = noSNAT || familyOf(podCidr) === 6 ? [] : [masqueradeFrom(podCidr)]
  return replaceTable('inet', [
    ...podCidrSet(podCidrs),
    ...chain('prerouting', 'type filter hook prerouting priority -150', [
      // A half-seen handshake is INVALID to the Node's conntrack, and kube-proxy drops INVALID: untracked passes, NAT stays.
      'ct state invalid ip saddr @pod_cidrs ip daddr @pod_cidrs notrack',
    ]),
    ...chain('postrouting', 'type nat hook postrouting priority srcnat', masquerade),
  ])
}

/**
 * Ruleset for `nft -f`: table netdev antctl, by which the kernel ignores what comes in by devices that a userspace bridge
 * holds (OVS still receives): else it answers and forwards a second time. Names of devices that exist, or nft refuses all.
 */
export function ingressRuleset(devices: readonly string[]): string {
  const quoted = devices.map((name) => JSON.stringify(name)).join(', ')
  if (devices.length === 0) return replaceTable('netdev', [])
  return replaceTable(
    'netdev',
    chain('ingress', `type filter hook ingress devices = { ${quoted} } priority -500`, [], 'drop'),
  )
}

function masqueradeFrom(podCidr: Cidr): string {
  return `ip saddr ${podCidr} ip daddr != @pod_cidrs oifname != "${names.gatewayPort}" masquerade`
}

function podCidrSet(podCidrs: readonly string[]): readonly string[] {
  const elements = podCidrs.length === 0 ? [] : [`  elements = { ${podCidrs.join(', ')} }`]
  return [`set ${podCidrSetName} {`, '  type ipv4_addr', '  flags interval', ...elements, '}']
}

function chain(name: string, hook: string, rules: readonly string[], policy = 'accept'): readonly string[] {
  return [`chain ${name} {`, ...[`${hook}; policy ${policy};`, ...rules].map((line) => `  ${line}`), '}']
}

/** `table` first: deleting one that is not there would fail the transaction. */
function replaceTable(family: 'inet' | 'netdev', lines: readonly string[]): string {
  const table = `table ${family} ${nftTable}`
  return [table, `delete ${table}`, `${table} {`, ...lines.map((line) => `  ${line}`), '}', ''].join('\n')
}
