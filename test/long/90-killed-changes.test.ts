import {labOfItsOwn} from './ready-lab.ts'
import {size} from './sizes.ts'
import {changesSurviveKills} from './suites/killed-changes.ts'

labOfItsOwn()
changesSurviveKills((writes) => Array.from({length: Math.min(writes, size(writes))}, (_, at) => at + 1))
