import {labOfItsOwn} from './ready-lab.ts'
import {size} from './sizes.ts'
import {allKinds} from './stream.ts'
import {switchKills} from './suites/switch-kills.ts'

switchKills({kinds: allKinds, times: size(7)}, labOfItsOwn())
