import {labOfItsOwn} from './ready-lab.ts'
import {size} from './sizes.ts'
import {whatHangsRecovers} from './suites/frozen.ts'

whatHangsRecovers({seconds: size(30)}, labOfItsOwn())
