import type {ApiServer} from '../../cluster/api.ts'
import {putAgentInfo} from '../../cluster/agent-info-writer.ts'
import type {AgentInfo} from '../../model/agent-info.ts'

const heartbeat = 60_000
/** Changes come in bursts: one write says them all. */
const gather = 100

export interface Reporter {
  /** Writes soon, because something changed. */
  changed(): void
  stop(): void
}

/** Writes AntreaAgentInfo at start, on change and each minute; a failed write is tried again with the next reason. */
export function startReporter(
  api: ApiServer,
  describe: () => Promise<AgentInfo>,
  onError: (error: unknown) => void,
): Reporter {
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  const schedule = (milliseconds: number) => {
    clearTimeout(timer)
    timer = setTimeout(() => void write(), milliseconds)
  }
  let busy = false
  let again = false
  const write = async (): Promise<void> => {
    if (busy) {
      again = true
      return
    }
    busy = true
    let next = heartbeat
    try {
      await putAgentInfo(api, await describe())
    } catch (error) {
      next = 5_000
      onError(error)
    }
    busy = false
    if (!stopped) schedule(again ? gather : next)
    again = false
  }
  schedule(0)
  return {
    changed: () => {
      if (busy) again = true
      else schedule(gather)
    },
    stop: () => {
      stopped = true
      clearTimeout(timer)
    },
  }
}
