import {everyChange} from './mode-changes.ts'
import {labOfItsOwn} from './ready-lab.ts'
import {planOnWire} from './suites/plan-on-wire.ts'

labOfItsOwn()
planOnWire(everyChange)
