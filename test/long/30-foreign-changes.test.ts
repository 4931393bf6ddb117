import {foreignChanges} from './foreign.ts'
import {labOfItsOwn} from './ready-lab.ts'
import {foreignChangesAreRepaired} from './suites/foreign-changes.ts'

labOfItsOwn()
foreignChangesAreRepaired(foreignChanges)
