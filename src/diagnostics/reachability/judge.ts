import type {PairPath} from '../paths/pair.ts'

/** What one try over one protocol came to. */
export interface Try {
  readonly ok: boolean
  readonly detail: string
}

export interface PairResult extends PairPath {
  readonly tcp: Try
  readonly udp: Try
  readonly ok: boolean
  /** Why the pair failed; absent when it did not. */
  readonly fault?: string
}

/** A pair is sound when packets come through AND flow and route say how: luck is no proof. */
export function judgePair(path: PairPath, tries: {readonly tcp: Try; readonly udp: Try}): PairResult {
  const faults = [
    ...(path.class === 'broken' ? [path.why] : []),
    ...(tries.tcp.ok ? [] : [`TCP: ${tries.tcp.detail}`]),
    ...(tries.udp.ok ? [] : [`UDP: ${tries.udp.detail}`]),
  ]
  return {...path, ...tries, ok: faults.length === 0, ...(faults.length > 0 && {fault: faults.join('; ')})}
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
