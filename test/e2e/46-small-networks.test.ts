import {sample, seeded} from '../long/sizes.ts'
import {smallNetworks} from '../long/small-networks.ts'
import {smallNetworksWork} from '../long/suites/small-networks.ts'

// All of them: test/long.
smallNetworksWork(sample(smallNetworks, 2, seeded()))
