import {describe} from 'vitest'
import {foreignChanges} from '../long/foreign.ts'
import {sharedLab} from '../long/ready-lab.ts'
import {sample, seeded} from '../long/sizes.ts'
import {allKinds} from '../long/stream.ts'
import {agentKills} from '../long/suites/agent-kills.ts'
import {apiServerIsAway} from '../long/suites/api-away.ts'
import {podsComeAndGo} from '../long/suites/churn.ts'
import {foreignChangesAreRepaired} from '../long/suites/foreign-changes.ts'
import {whatHangsRecovers} from '../long/suites/frozen.ts'
import {switchKills} from '../long/suites/switch-kills.ts'

// A seeded sample of test/long, small enough for every run.
const random = seeded()
const ips = sharedLab()

describe('kills of the agent', () => {
  agentKills({kinds: sample(allKinds, 2, random), times: 2}, random, ips)
})
describe('kills of Open vSwitch', () => {
  switchKills({kinds: sample(allKinds, 1, random), times: 1}, ips)
})
describe('changes by others', () => {
  foreignChangesAreRepaired(sample(foreignChanges, 6, random))
})
describe('the API server away', () => {
  const aways = sample(['stopped', 'killed'] as const, 1, random)
  apiServerIsAway({aways, lists: sample(['empty', 'failing'] as const, 1, random)}, ips)
})
describe('Pods come and go', () => {
  podsComeAndGo({count: 60})
})
describe('what hangs', () => {
  whatHangsRecovers({seconds: 5}, ips)
})
