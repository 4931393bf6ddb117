import {describe, expect, test} from 'vitest'
import {parseIp} from '../../src/model/address.ts'
import type {KernelRoute} from '../../src/model/agent-api.ts'
import {type PodEnds, resize} from '../../src/datapath/host/pod-sizes.ts'

const place = {interfaceName: 'web-1a2b3c', netns: '/var/run/netns/web', ifName: 'eth0'}
const theirs: KernelRoute = {to: '0.0.0.0/0', via: parseIp('10.244.1.1'), dev: 'eth0', protocol: 'boot'}
const ours = (mtu: number): KernelRoute => ({...theirs, protocol: '165', mtu})
const pod = (takes: number, ...routes: readonly KernelRoute[]): PodEnds => ({...place, takes, routes})

describe('a Pod that must take 1500 and send', () => {
  test.each([
    ['as it is', pod(1500, ours(1450)), 1450, undefined],
    ['more than before', pod(1500, ours(1450)), 1500, {routes: [ours(1500)], grows: true}],
    ['less than before', pod(1500, ours(1500)), 1450, {routes: [ours(1450)], grows: false}],
    ["upstream's in encap", pod(1450, theirs), 1450, {takes: 1500, routes: [ours(1450)], grows: false}],
    ["upstream's in encap, now noEncap", pod(1450, theirs), 1500, {takes: 1500, routes: [ours(1500)], grows: true}],
    ["upstream's in noEncap, now encap", pod(1500, theirs), 1450, {routes: [ours(1450)], grows: false}],
    ['less, by a route of its own', pod(1500, {...theirs, mtu: 1300}), 1450, undefined],
    ['too much, by a route of its own', pod(1500, {...theirs, mtu: 1500}), 1450, {routes: [ours(1450)], grows: false}],
    ['nothing: it has no route', pod(1450), 1450, {takes: 1500, routes: [], grows: false}],
    ['more than the devices of a larger NIC take', pod(8900, ours(1450)), 1450, undefined],
  ])('%s', (_, ends, sends, expected) => {
    expect(resize(ends, {takes: 1500, sends})).toEqual(expected && {...place, ...expected})
  })

  test.each([1300, 1450, 1500, 9000])('after one change to %i there is no second one', (sends) => {
    const wanted = {takes: 9000, sends}
    for (const before of [pod(1450, theirs), pod(1500, ours(1500)), pod(9000, ours(1400)), pod(9000, theirs)]) {
      const {takes = before.takes, routes = []} = resize(before, wanted) ?? {}
      expect(resize(pod(takes, ...(routes.length > 0 ? routes : before.routes)), wanted)).toBeUndefined()
    }
  })
})
