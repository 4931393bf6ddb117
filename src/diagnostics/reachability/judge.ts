import type {NodeEcho} from '../../model/agent-api.ts'
import type {PairPath} from '../paths/pair.ts'

/** What one try over one protocol came to. */
export interface Try {
  readonly ok: boolean
  readonly detail: string
  /** Nothing at all came back, of whatever size. */
  readonly silent?: true
}

/** Absent: not tried, or this agent cannot. */
export interface Tries {
  /** From the gateway of the one Node to that of the other, the first address of its podCIDR. */
  readonly gateway?: Try
  readonly tcp?: Try
  readonly udp?: Try
}

export interface PairResult extends PairPath, Tries {
  readonly ok: boolean
  /** Why the pair failed; absent when it did not. */
  readonly fault?: string
}

/** A pair is sound when packets come through AND flow and route say how: luck is no proof. */
export function judgePair(path: PairPath, tries: Tries): PairResult {
  const names = {gateway: 'gateway', tcp: 'TCP', udp: 'UDP'} as const
  // Where TCP and UDP pass, silence to pings is somebody's filter.
  const isFiltered = tries.gateway?.silent === true && tries.tcp?.ok === true && tries.udp?.ok === true
  const counted = isFiltered ? (['tcp', 'udp'] as const) : (['gateway', 'tcp', 'udp'] as const)
  const failed = counted.flatMap((name) => {
    const found = tries[name]
    return found === undefined || found.ok ? [] : [`${names[name]}: ${found.detail}`]
  })
  const faults = [...(path.class === 'broken' ? [path.why] : []), ...failed]
  return {...path, ...tries, ok: faults.length === 0, ...(faults.length > 0 && {fault: faults.join('; ')})}
}

/** Small packets and those of full size, never in fragments. */
export function judgeEcho({to, tries}: NodeEcho): Try {
  const lost = tries.filter(({roundTrip}) => roundTrip === undefined)
  if (lost.length === 0) {
    const fastest = Math.min(...tries.map(({roundTrip}) => roundTrip ?? 0))
    return {
      ok: true,
      detail: `${to} answers in ${fastest.toFixed(1)} ms, with ${tries.map(({bytes}) => bytes).join(' and ')} bytes`,
    }
  }
  const said = lost[0]?.said
  const sizes = lost.map(({bytes}) => bytes).join(' and ')
  const detail = `${to} does not answer to ${sizes} bytes${said === undefined ? '' : `: ${said}`}`
  return {ok: false, detail, ...(lost.length === tries.length && {silent: true})}
}

/** toolbox's line of JSON, or what it said on stderr, as a try. A lone packet may be lost; silence may not. */
export function judgeTry(result: {readonly exitCode: number; readonly stdout: string; readonly stderr: string}): Try {
  const counts = countsOf(result.stdout)
  if (counts === undefined) {
    const said = result.stderr.trim().split('\n').at(-1) ?? ''
    return {ok: false, detail: said === '' ? `the sender ended with ${result.exitCode}` : said}
  }
  const {sent, received} = counts
  if (received === 0) return {ok: false, detail: `none of ${sent} came back`}
  return {ok: received * 2 > sent, detail: `${received} of ${sent} came back`}
}

function countsOf(stdout: string): {sent: number; received: number} | undefined {
  const sent = /"sent":(\d+)/u.exec(stdout)?.[1]
  const received = /"received":(\d+)/u.exec(stdout)?.[1]
  return sent === undefined || received === undefined ? undefined : {sent: Number(sent), received: Number(received)}
}
