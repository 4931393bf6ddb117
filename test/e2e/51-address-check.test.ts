import {afterAll, beforeAll, expect, test} from 'vitest'
import {isUp, up} from '../../lab/lab.ts'
import {antctlRan, lab} from '../long/other-lab.ts'

beforeAll(async () => {
  await up()
  await lab('up', '--topology', 'address-check', '--deploy')
}, 240_000)
afterAll(() => lab('down'))

test("over an underlay that checks addresses, as AWS's does, hybrid is refused, the pairs are named and nothing changes", async () => {
  const config = () =>
    lab('kubectl', '-n', 'kube-system', 'get', 'configmap', 'antrea-config', '-o', 'jsonpath={.data}')
  const before = await config()
  const {exitCode, stderr} = await antctlRan('set-mode', 'hybrid', '--yes')
  expect(stderr.replaceAll(/\s+/gu, ' ')).toMatch(
    /drops packets with Pods' addresses from n1 to n2, and passes the tunnel's: n1 → n2, n2 → n1.*switch off the check of source and destination addresses on the ports of n1 and n2/u,
  )
  expect(exitCode).toBe(1)
  expect(await config()).toBe(before)
  expect(isUp()).toBe(true)
})
