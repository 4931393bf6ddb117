import {beforeAll, beforeEach, expect, test} from 'vitest'
import type {OpenFlowConnection} from '../../src/datapath/openflow/connection.ts'
import type {Group} from '../../src/datapath/openflow/group.ts'
import {parseGroup, printGroup} from '../../src/datapath/openflow/group-text.ts'
import {printMeter} from '../../src/datapath/openflow/meter.ts'
import {parseFlow} from '../../src/datapath/openflow/text.ts'
import {readCapture} from '../openflow/capture.ts'
import {connectedSwitch} from './connected-switch.ts'
import type {TestSwitch} from './open-vswitch.ts'

let ovs: TestSwitch
let connection: OpenFlowConnection
const connected = connectedSwitch()
beforeAll(() => {
  ;({ovs, connection} = connected())
})
beforeEach(async () => {
  await ovs.ofctl('del-groups')
  await ovs.ofctl('del-meters')
})

const groups = readCapture('groups.txt').map(parseGroup)
const multicast = parseGroup('group_id=9,type=all,bucket=bucket_id:0,actions=output:1')

async function printedByOvs(command: string): Promise<string[]> {
  const lines = (await ovs.ofctl(command)).split('\n').slice(1)
  return lines
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .toSorted()
}

test('groups in a bundle are what ovs-ofctl prints, and what we dump', async () => {
  await connection.bundle({groups: {put: groups}})
  expect(await connection.groupFeatures()).toEqual({
    types: ['all', 'select', 'indirect', 'ff'],
    mostGroups: 0xffff_ff00,
  })
  expect(groups.map(printGroup)).toEqual(readCapture('groups.txt'))
  expect(await printedByOvs('dump-groups')).toEqual(readCapture('groups.txt').toSorted())
  expect((await connection.dumpGroups()).map(printGroup).toSorted()).toEqual(readCapture('groups.txt').toSorted())
})

test('the same id replaces the group, with the flow that points to it left alone', async () => {
  const flow = parseFlow('table=3,priority=1,ip actions=group:9')
  await connection.bundle({add: [flow], groups: {put: [multicast]}})
  const [bucket] = multicast.buckets
  const changed: Group = {...multicast, buckets: bucket === undefined ? [] : [bucket, {id: 1, actions: ['IN_PORT']}]}
  await connection.bundle({groups: {put: [changed]}})
  expect(await connection.dumpGroups()).toEqual([changed])
  expect(await connection.groupStats()).toMatchObject([{id: 9, references: 1, packets: 0n, buckets: [{}, {}]}])
  expect(await connection.dumpFlows({table: 3})).toHaveLength(1)
  await connection.bundle({remove: [flow], groups: {remove: [9]}})
  expect(await connection.dumpGroups()).toEqual([])
})

test('a refused group is named, and nothing was changed', async () => {
  const bad = parseGroup('group_id=10,type=indirect,bucket=bucket_id:0,actions=drop,bucket=bucket_id:1,actions=drop')
  const doing = connection.bundle({
    add: [parseFlow('table=4,priority=1 actions=drop')],
    groups: {put: [multicast, bad]},
  })
  await expect(doing).rejects.toThrow(`refused ${printGroup(bad)}: GROUP_MOD_FAILED`)
  expect(await connection.dumpGroups()).toEqual([])
  expect(await connection.dumpFlows({table: 4})).toEqual([])
})

test('buckets come and go', async () => {
  await connection.bundle({groups: {put: [multicast]}})
  await connection.changeBuckets({insert: 'last', group: {...multicast, buckets: [{id: 7, actions: ['IN_PORT']}]}})
  await connection.changeBuckets({insert: {after: 0}, group: {...multicast, buckets: [{id: 8, actions: []}]}})
  const ids = async (): Promise<unknown> =>
    (await connection.dumpGroups()).map(({buckets}) => buckets.map(({id}) => id))
  expect(await ids()).toEqual([[0, 8, 7]])
  await connection.changeBuckets({remove: {bucket: 8}, group: multicast})
  expect(await ids()).toEqual([[0, 7]])
  await connection.changeBuckets({remove: 'all', group: multicast})
  expect(await ids()).toEqual([[]])
  await expect(connection.changeBuckets({remove: {bucket: 8}, group: multicast})).rejects.toThrow('UNKNOWN_BUCKET')
})

test('meters are put, changed, counted and removed', async () => {
  const meters = [
    {id: 5, unit: 'kbps', rate: 100, burst: 50},
    {id: 6, unit: 'pktps', rate: 200},
  ] as const
  await connection.putMeters(meters)
  await connection.putMeters([{...meters[0], rate: 300}, meters[1]])
  const wanted = [{...meters[0], rate: 300}, meters[1]]
  expect(await connection.dumpMeters()).toEqual(wanted)
  const printed = (await ovs.ofctl('dump-meters')).replaceAll('bands=\n', 'bands=').split('\n').slice(1)
  expect(printed.filter((line) => line !== '').toSorted()).toEqual(wanted.map(printMeter))
  expect(await connection.meterStats()).toMatchObject([{id: 5, flows: 0, dropped: {packets: 0n}}, {id: 6}])
  expect(await connection.meterFeatures()).toMatchObject({units: ['kbps', 'pktps']})
  await expect(connection.putMeters([{id: 7, unit: 'kbps', rate: 0}])).rejects.toThrow('METER_MOD_FAILED')
  await connection.removeMeters([5, 6, 99])
  expect(await connection.dumpMeters()).toEqual([])
})
