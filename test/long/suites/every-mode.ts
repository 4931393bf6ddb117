import {setTimeout as sleep} from 'node:timers/promises'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {antctlOk, type Kind, lab} from '../../e2e/cluster.ts'
import {fabric} from '../../e2e/fabric.ts'
import {processes} from '../../e2e/processes.ts'
import {startServices} from '../couples.ts'
import {untilJudged} from '../judge.ts'
import {type Couple, faultsOf, fullSpeed, type Stream, streams, underLoad} from '../load.ts'
import {nameOf} from '../mode-changes.ts'
import {goSlower} from '../pace.ts'
import {probeFaults} from '../probes.ts'
import type {Ips} from '../stream.ts'
import {besideUpstream, type Ours} from '../upstream.ts'
import {byMachine, describeWalk, isVoid, isWholeWalk, type Leg, lostDuring, type Walk, walk} from '../walk.ts'

/** On four Nodes, with routes of the fabric. */
export function everyMode(legs: readonly Leg[], {bulk}: {readonly bulk: readonly Leg[]}, ips: () => Ips): void {
  let couples: (kind: Kind) => Couple
  let before: unknown
  const ours: Ours[] = []

  beforeAll(async () => {
    await fabric('replace')
    couples = await startServices(ips())
    before = await processes()
  })
  afterAll(async () => {
    await antctlOk('set-mode', 'encap', '--yes')
    await fabric('del')
    console.log(`Lost of packets at 1 kHz, upstream's as measured another day:\n${besideUpstream(ours)}`)
  })

  test('who judges sees a link that drops everything for a moment', async () => {
    const {outcomes} = await underLoad(couples('cross-subnet'), streams, async () => {
      await sleep(500)
      await lab('cut', 'n1:n3')
      await lab('heal', 'n1:n3')
      await sleep(500)
    })
    const unhurt = outcomes.filter(({stream, sent}) => stream.startsWith('UDP') && sent.lost === 0)
    expect(unhurt).toEqual([])
  })

  test.each(named(legs))(
    '$kind: $path lose nothing of any stream, and the probes agree',
    async (leg) => {
      const walked = await judged(leg, couples(leg.kind), streams, isWholeWalk)
      ours.push(...walked.changed.map((one, at) => ({...one, kind: leg.kind, lost: lostDuring(walked, at)})))
      expect({streams: faultsOf(walked.result), probes: probeFaults(walked)}).toEqual({streams: [], probes: []})
    },
    300_000,
  )

  test.each(named(bulk))('$kind: $path neither reset nor stall a stream as fast as it goes', async (leg) => {
    // It takes the room that the probes' packets need: they judge nothing here.
    const isWhole = ({result}: Walk) => faultsOf(result).length === 0
    expect(faultsOf((await judged(leg, couples(leg.kind), fullSpeed, isWhole)).result)).toEqual([])
  })

  test('the same Pods, agents and switches run as before', async () => {
    expect(await processes()).toEqual(before)
  })
}

function named(legs: readonly Leg[]) {
  return legs.map((leg) => ({...leg, path: leg.changes.map(nameOf).join(', ')}))
}

/** A control run first; the changes then take as long. */
async function judged(
  leg: Leg,
  couple: Couple,
  kinds: Readonly<Record<string, Stream>>,
  isWhole: (walk: Walk) => boolean,
): Promise<Walk> {
  const control = async () => {
    const idle = await walk(leg, couple, kinds, {idle: true})
    console.log(`${leg.kind}, control: ${describeWalk(idle)}`)
    if (!isWhole(idle)) goSlower()
    return isWhole(idle)
  }
  await control()
  const changes = () => walk(leg, couple, kinds, {idle: false})
  return untilJudged(`${leg.kind}, changes of mode`, changes, {
    isWhole,
    describe: describeWalk,
    byMachine,
    isVoid,
    control,
  })
}
