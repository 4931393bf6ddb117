/**
 * One OpenFlow flow in ovs-ofctl's words (ovs-fields(7), ovs-actions(7)): what the pipeline writes, what the codec sends
 * and what a dump gives back.
 */
export interface Flow {
  readonly table: number
  readonly priority: number
  readonly cookie: bigint
  /** Field to value; '' for a protocol's own word ("ip", "arp", "tcp"). A mask follows a slash: reg0 '0x2/0xf'. */
  readonly match: Readonly<Record<string, string>>
  /** In order, for example 'set_field:172.30.1.12->tun_dst', 'goto_table:L2ForwardingCalc' with the table as number. */
  readonly actions: readonly string[]
}

/** A flow of a dump, with its counters. */
export interface FlowStats extends Flow {
  readonly packets: bigint
  readonly bytes: bigint
  /** Seconds. */
  readonly duration: number
}
