/** Numbers of linux/rtnetlink.h by the words that ip-route(8) prints for them. */
export const protocols = words({
  redirect: 1,
  kernel: 2,
  boot: 3,
  static: 4,
  gated: 8,
  ra: 9,
  mrt: 10,
  zebra: 11,
  bird: 12,
  dnrouted: 13,
  xorp: 14,
  ntk: 15,
  dhcp: 16,
  keepalived: 18,
  babel: 42,
  openr: 99,
  bgp: 186,
  isis: 187,
  ospf: 188,
  rip: 189,
  eigrp: 192,
})
export const scopes = words({global: 0, site: 200, link: 253, host: 254, nowhere: 255})
export const routeTypes = words({
  unicast: 1,
  local: 2,
  broadcast: 3,
  anycast: 4,
  multicast: 5,
  blackhole: 6,
  unreachable: 7,
  prohibit: 8,
  throw: 9,
})

/** linux/neighbour.h, NUD_…; one at a time. */
export const neighbourStates = words({
  incomplete: 1,
  reachable: 2,
  stale: 4,
  delay: 8,
  probe: 16,
  failed: 32,
  noarp: 64,
  permanent: 128,
})

/** A number without a word is its own word. */
function words(numbers: Readonly<Record<string, number>>) {
  const byNumber = new Map(Object.entries(numbers).map(([word, number]) => [number, word]))
  return {
    word: (number: number): string => byNumber.get(number) ?? String(number),
    number: (word: string): number => numbers[word] ?? Number(word),
  }
}
