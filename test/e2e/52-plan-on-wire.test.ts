import {everyChange} from '../long/mode-changes.ts'
import {sample, seeded} from '../long/sizes.ts'
import {planOnWire} from '../long/suites/plan-on-wire.ts'

// All of them: test/long.
planOnWire(sample(everyChange, 2, seeded()))
