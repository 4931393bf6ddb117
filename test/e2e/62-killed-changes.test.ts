import {seeded} from '../long/sizes.ts'
import {changesSurviveKills} from '../long/suites/killed-changes.ts'

const random = seeded()

changesSurviveKills((writes) => [1 + Math.floor(random() * writes)])
