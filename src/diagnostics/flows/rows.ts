/** One flow of a dump, split for reading; `flow` is the line as the switch printed it. */
export interface FlowRow {
  /** A name where the agent gives names, else the number. */
  readonly table: string
  readonly priority: number
  readonly match: string
  readonly actions: string
  readonly cookie?: string
  readonly packets?: number
  readonly bytes?: number
  readonly flow: string
}

const statistics =
  /^(?:cookie|duration|table|n_packets|n_bytes|idle_age|hard_age|idle_timeout|hard_timeout|importance|priority)=/u
const flags = new Set(['send_flow_rem', 'check_overlap', 'reset_counts', 'no_packet_counts', 'no_byte_counts'])

/**
 * A line of `ovs-ofctl dump-flows` → its parts; ovs-ofctl(8). Unknown parts belong to the match. `name` gives a table's
 * name for its number.
 */
export function parseFlowLine(line: string, name: (id: number) => string | undefined = () => undefined): FlowRow {
  const flow = line.trim()
  const at = flow.indexOf('actions=')
  const actions = at === -1 ? '' : flow.slice(at + 'actions='.length)
  const parts = (at === -1 ? flow : flow.slice(0, at)).split(/,\s*|\s+/u).filter((part) => part !== '')
  const value = (key: string) => parts.find((part) => part.startsWith(`${key}=`))?.slice(key.length + 1)
  const table = (value('table') ?? '0').replaceAll('"', '')
  const [cookie, packets, bytes] = [value('cookie'), value('n_packets'), value('n_bytes')]
  return {
    table: /^\d+$/u.test(table) ? (name(Number(table)) ?? table) : table,
    priority: Number(value('priority') ?? 32_768),
    match: parts.filter((part) => !statistics.test(part) && !flags.has(part)).join(','),
    actions,
    ...(cookie !== undefined && {cookie}),
    ...(packets !== undefined && {packets: Number(packets)}),
    ...(bytes !== undefined && {bytes: Number(bytes)}),
    flow,
  }
}
