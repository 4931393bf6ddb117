import {familyOf, type Cidr} from '../../model/address.ts'
import {names} from '../../model/names.ts'
import type {NatRules} from './state.ts'

/** Our table, in families inet and netdev. */
export const nftTable = 'antctl'
export const podCidrSetName = 'pod_cidrs'

/**
 * Table inet antctl without the podCIDRs, line by line in nft(8)'s language: what the machine says when it is asked what
 * is there, so that two equal texts are two equal tables.
 */
export function natRules({podCidr, noSNAT, snatFullyRandomPorts}: NatRules): string {
  const masquerade =
    noSNAT || familyOf(podCidr) === 6
      ? []
      : [masqueradeFrom(podCidr, snatFullyRandomPorts ? 'masquerade fully-random' : 'masquerade')]
  return lines([
    `add table ${table}`,
    `add set ${table} ${podCidrSetName} { type ipv4_addr; flags interval; }`,
    ...chain('prerouting', 'type filter hook prerouting priority -150', [
      // A half-seen handshake is INVALID to the Node's conntrack, and kube-proxy drops INVALID: untracked passes, NAT stays.
      'ct state invalid ip saddr @pod_cidrs ip daddr @pod_cidrs notrack',
    ]),
    ...chain('postrouting', 'type nat hook postrouting priority 100', masquerade),
  ])
}

/**
 * Puts table inet antctl in the place of the one before, in one transaction. The set holds every podCIDR in every mode, so
 * that no Node has to know how another one sends.
 */
export function natRuleset(rules: NatRules, podCidrs: readonly string[]): string {
  // `add` first: deleting a table that is not there would fail the transaction.
  const before = [`add table ${table}`, `delete table ${table}`]
  const elements = podCidrs.length === 0 ? [] : [`add element ${table} ${podCidrSetName} { ${podCidrs.join(', ')} }`]
  return `${lines(before)}${natRules(rules)}${lines(elements)}`
}

/**
 * The chain by which the kernel ignores what comes in by a device that a userspace bridge holds (OVS still receives): else
 * it answers and forwards a second time. It is called as its device, so that each comes and goes by itself.
 */
export function guardChain(device: string): string {
  const place = `type filter hook ingress device "${device}" priority -500`
  return `add chain netdev ${nftTable} ${device} { ${place}; policy drop; }`
}

const table = `inet ${nftTable}`

function masqueradeFrom(podCidr: Cidr, verdict: string): string {
  return `ip saddr ${podCidr} ip daddr != @pod_cidrs oifname != "${names.gatewayPort}" ${verdict}`
}

function chain(name: string, place: string, rules: readonly string[]): readonly string[] {
  return [
    `add chain ${table} ${name} { ${place}; policy accept; }`,
    ...rules.map((rule) => `add rule ${table} ${name} ${rule}`),
  ]
}

function lines(commands: readonly string[]): string {
  return commands.map((command) => `${command}\n`).join('')
}
