/** Categories of Antrea's cookies (pkg/agent/openflow/cookie): bits 40 to 47, below the number of the agent's start. */
const categories: readonly string[] = [
  'every Node',
  'Pod connectivity',
  'NetworkPolicy',
  'Service',
  'Egress',
  'multicast',
  'multi-cluster',
]

/** What a flow of upstream's agent is there for; undefined for a cookie that is none of theirs. */
export function upstreamOwner(cookie: string | undefined): string | undefined {
  if (cookie === undefined || !/^0x[0-9a-f]{1,16}$/u.test(cookie)) return undefined
  const value = BigInt(cookie)
  return value >> 48n === 0n ? undefined : categories[Number((value >> 40n) & 0xffn)]
}
