import {labOfItsOwn} from './ready-lab.ts'
import {seeded, size} from './sizes.ts'
import {allKinds} from './stream.ts'
import {agentKills} from './suites/agent-kills.ts'

agentKills({kinds: allKinds, times: size(20)}, seeded(), labOfItsOwn())
