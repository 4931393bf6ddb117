import {afterAll, beforeAll} from 'vitest'
import {deploy, down, isUp, up} from '../../lab/lab.ts'
import {antctlOk, startPods} from '../e2e/cluster.ts'
import type {Ips} from './stream.ts'

/** A lab with our agent in encap and the suite's Pods, for one file of tests; answers how to ask for the Pods' addresses. */
export function labOfItsOwn(): () => Ips {
  let ips: Ips | undefined
  beforeAll(async () => {
    if (!isUp()) await up()
    await deploy()
    ips = await startPods()
  })
  afterAll(() => down())
  return () => known(ips)
}

/** The lab that the files before made, with the suite's Pods, in encap. */
export function sharedLab(): () => Ips {
  let ips: Ips | undefined
  beforeAll(async () => {
    ips = await startPods()
    await antctlOk('set-mode', 'encap', '--yes')
  })
  return () => known(ips)
}

function known(ips: Ips | undefined): Ips {
  if (ips === undefined) throw new Error('the Pods were not started')
  return ips
}
