import {notReadyNames} from '../../src/model/change.ts'
import {labOfItsOwn} from './ready-lab.ts'
import {nodesLosePower} from './suites/node-power.ts'

labOfItsOwn()
nodesLosePower(notReadyNames)
