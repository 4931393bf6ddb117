import {readFile} from 'node:fs/promises'
import type {Live} from '../session.ts'
import type {Measured} from './metrics.ts'

/** Asks the switch and the kernel for what the metrics need; what cannot be told now is left out. */
export async function measure(live: Live | undefined, datapath: 'system' | 'netdev' | undefined): Promise<Measured> {
  const [tables = [], conntrack] = await Promise.all([
    live?.openflow.tableStats().catch(() => []),
    (datapath === 'netdev' ? userspaceConntrack(live) : kernelConntrack()).catch(() => undefined),
  ])
  return {tables: tables.filter(({flows}) => flows > 0), conntrack, resident: process.memoryUsage.rss()}
}

/** ovs-dpctl(8), ct-get-nconns and ct-get-maxconns: the connections of ovs-vswitchd's own table. */
async function userspaceConntrack(live: Live | undefined): Promise<Measured['conntrack']> {
  if (live === undefined) return undefined
  const {control} = live.session
  const [total, max] = await Promise.all([
    control.run('dpctl/ct-get-nconns', []),
    control.run('dpctl/ct-get-maxconns', []),
  ])
  return {total: Number(total), max: Number(max)}
}

async function kernelConntrack(): Promise<Measured['conntrack']> {
  const read = async (name: string) => Number(await readFile(`/proc/sys/net/netfilter/nf_conntrack_${name}`, 'utf8'))
  return {total: await read('count'), max: await read('max')}
}
