import {expect, test} from 'vitest'
import {parseAgentConfig} from '../../src/model/agent-config.ts'

const defaults = {
  trafficEncapMode: 'encap',
  noSNAT: false,
  tunnelType: 'geneve',
  defaultMTU: 0,
  apiPort: 10350,
  antreaProxyEnabled: true,
}

test.each([
  ['', defaults],
  ['# only a comment\n', defaults],
  ['trafficEncapMode: HYBRID\n', {...defaults, trafficEncapMode: 'hybrid'}],
  [
    'transportInterface: eth1\nantreaProxy:\n  enable: false\n',
    {...defaults, transportInterface: 'eth1', antreaProxyEnabled: false},
  ],
  [
    'serviceCIDR: 10.96.0.0/16\nkubeAPIServerOverride: "https://172.31.1.1:6443"\n',
    {...defaults, serviceCIDR: '10.96.0.0/16', kubeAPIServerOverride: 'https://172.31.1.1:6443'},
  ],
  ['trafficEncapMode: noEncap\nnoSNAT: true\n', {...defaults, trafficEncapMode: 'noEncap', noSNAT: true}],
])('%j is read', (text, config) => {
  expect(parseAgentConfig(text)).toEqual(config)
})

test.each([
  ['trafficEncapMode: hybird', /"hybird" is not a traffic mode/u],
  ['trafficEncapMode: [encap]', /trafficEncapMode/u],
  ['noSNAT: true', /noSNAT is only possible with trafficEncapMode noEncap/u],
  ['tunnelType: stt', /tunnelType stt is not available/u],
  ['trafficEncryptionMode: wireGuard', /trafficEncryptionMode wireGuard/u],
  ['ovsDatapathType: dpdk', /neither system nor netdev/u],
  ['transportInterface: "eth1; reboot"', /is not an interface name/u],
  ['transportInterface: "../../etc"', /is not an interface name/u],
  ['apiPort: 70000', /apiPort/u],
  ['defaultMTU: 1.5', /defaultMTU/u],
  ['a: &a [x]\nb: *a', /alias/iu],
  ['trafficEncapMode: encap\ntrafficEncapMode: hybrid', /unique|duplicate/iu],
  ['- a\n- b', /antrea-agent.conf/u],
  ['{', /antrea-agent.conf/u],
])('%j is refused in a sentence', (text, sentence) => {
  expect(() => parseAgentConfig(text)).toThrow(sentence)
})
