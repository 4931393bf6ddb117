import {expect, test} from 'vitest'
import {parseCgroupMounts, parseOwnCgroups} from '../lab/cgroups.ts'

test('own cgroups: one a v1 hierarchy, the empty unified one left out', () => {
  const text = '9:name=systemd:/\n4:memory:/api/2:0a\n2:cpu,cpuacct:/user\n0::/\n'
  expect(parseOwnCgroups(text)).toEqual([
    {hierarchy: 'name=systemd', path: '/'},
    {hierarchy: 'memory', path: '/api/2:0a'},
    {hierarchy: 'cpu,cpuacct', path: '/user'},
  ])
})

test('cgroup mounts: v1 only, with their roots and controllers', () => {
  const text = [
    '31 24 0:27 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw',
    '33 24 0:29 /docker/1 /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct',
    '22 1 254:0 / / rw - ext4 /dev/vda rw',
  ].join('\n')
  expect(parseCgroupMounts(text)).toEqual([
    {root: '/docker/1', point: '/sys/fs/cgroup/cpu,cpuacct', options: ['rw', 'cpu', 'cpuacct']},
  ])
})
