import {everyChange} from './mode-changes.ts'
import {labOfItsOwn} from './ready-lab.ts'
import {size} from './sizes.ts'
import {allKinds} from './stream.ts'
import {everyMode} from './suites/every-mode.ts'

const legs = Array.from({length: size(3)}, () => allKinds.map((kind) => ({kind, changes: everyChange}))).flat()

everyMode(legs, {bulk: legs.slice(0, allKinds.length)}, labOfItsOwn())
