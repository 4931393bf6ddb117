/** agent: its container. switch: Open vSwitch as well, by a new Pod. */
export const restarted = {agent: 'the agent', switch: 'the agent and Open vSwitch'} as const
export type Restarted = keyof typeof restarted

/** Of the steady probe. Times in milliseconds. */
interface Lost {
  readonly sent: number
  readonly lost: number
  readonly longestGap: number
}

/** What happens in a restart; the schema for programs is docs/schemas/restart-event.json. */
export type RestartHappening =
  | {readonly event: 'began'; readonly what: Restarted; readonly nodes: readonly string[]}
  | {
      readonly event: 'node'
      readonly node: string
      readonly state: 'asked' | 'started' | 'forwarding'
      /** Since it was asked. */
      readonly milliseconds: number
    }
  | {readonly event: 'wait'; readonly node: string; readonly why: string}
  | ({
      readonly event: 'probe'
      readonly node: string
      /** Of these nothing is heard, so that nothing of them is counted. */
      readonly silent: readonly {readonly node: string; readonly reason: string}[]
    } & Lost)
  | ({readonly event: 'ended'; readonly state: 'done'; readonly sentence: string} & Lost)

/** One line of `restart --events`. */
export type RestartEvent = RestartHappening & {readonly version: 1; readonly at: string}
