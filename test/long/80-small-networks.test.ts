import {afterAll} from 'vitest'
import {down} from '../../lab/lab.ts'
import {smallNetworks} from './small-networks.ts'
import {smallNetworksWork} from './suites/small-networks.ts'

smallNetworksWork(smallNetworks)

afterAll(() => down())
