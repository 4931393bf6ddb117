import {expect, test} from 'vitest'
import {readEffective} from '../../src/model/config/effective.ts'
import type {TrafficMode} from '../../src/model/traffic-mode.ts'
import {featuresLost} from '../../src/changes/set-mode/features-lost.ts'

test.each<['ours' | 'upstream', string, TrafficMode, TrafficMode, readonly string[]]>([
  ['upstream', '', 'encap', 'noEncap', ['Egress']],
  ['upstream', '', 'hybrid', 'noEncap', ['Egress']],
  ['upstream', '', 'noEncap', 'encap', ['hostNetworkAcceleration']],
  ['upstream', 'featureGates:\n  Egress: false\n', 'encap', 'noEncap', []],
  ['upstream', 'antreaProxy:\n  enable: false\n', 'encap', 'hybrid', ['Egress rules on the way to Services']],
  ['upstream', 'multicast:\n  enable: true\n', 'hybrid', 'noEncap', ['Egress', 'Multicast between Nodes']],
  ['ours', '', 'encap', 'noEncap', ['Egress rules on the way to Services']],
  ['ours', 'featureGates:\n  Egress: true\n', 'hybrid', 'noEncap', ['Egress']],
  ['ours', '', 'hybrid', 'noEncap', []],
  ['ours', '', 'noEncap', 'noEncap', []],
])('%s with %j, %s to %s: %j', (cluster, text, from, to, features) => {
  const {values} = readEffective({text}, {})
  expect(featuresLost({from, to, cluster, values}).map(({feature}) => feature)).toEqual(features)
})
