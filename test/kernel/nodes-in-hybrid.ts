import {afterAll, beforeAll, beforeEach} from 'vitest'
import {startUnderlay, topology, type Underlay} from '../datapath/underlay.ts'
import {startAgent} from './restarts.ts'
import {type Place, serve, waitForAnswers} from './streams.ts'

/** The underlay with an agent on every Node, for all tests of a file; before each test all of `to` answer `from`. */
export function nodesInHybrid(from: Place, to: readonly Place[]): () => Underlay {
  const undo = new AsyncDisposableStack()
  let underlay: Underlay | undefined
  beforeAll(async () => {
    const started = undo.use(await startUnderlay())
    await Promise.all(topology.map(({name}) => startAgent(started, name)))
    for (const pod of to) undo.use(serve(pod))
    underlay = started
  })
  beforeEach(() => waitForAnswers(from, to))
  afterAll(() => undo.disposeAsync())
  return () => {
    if (underlay === undefined) throw new Error('the underlay was not started')
    return underlay
  }
}
