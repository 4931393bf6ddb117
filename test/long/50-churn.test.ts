import {labOfItsOwn} from './ready-lab.ts'
import {size} from './sizes.ts'
import {podsComeAndGo} from './suites/churn.ts'

labOfItsOwn()
podsComeAndGo({count: size(1000)})
