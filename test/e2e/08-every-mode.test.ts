import {circuitFrom, everyChange} from '../long/mode-changes.ts'
import {sharedLab} from '../long/ready-lab.ts'
import {drawn, seeded} from '../long/sizes.ts'
import {allKinds} from '../long/stream.ts'
import {everyMode} from '../long/suites/every-mode.ts'

// A seeded sample of test/long: each change of mode once, two on each kind of pair.
const random = seeded()
const changes = circuitFrom(Math.floor(random() * everyChange.length))
const legs = drawn(allKinds, random).map((kind, at) => ({kind, changes: changes.slice(2 * at, 2 * at + 2)}))

everyMode(legs, {bulk: []}, sharedLab())
