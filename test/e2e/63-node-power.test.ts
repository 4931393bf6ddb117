import {beforeAll} from 'vitest'
import {notReadyNames} from '../../src/model/change.ts'
import {sample, seeded} from '../long/sizes.ts'
import {nodesLosePower} from '../long/suites/node-power.ts'
import {backToEncap} from './change-under-way.ts'

beforeAll(backToEncap)
nodesLosePower(sample(notReadyNames, 1, seeded()))
