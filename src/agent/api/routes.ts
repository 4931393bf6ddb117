import type {Ip} from '../../model/address.ts'
import type {KernelRoute} from '../../model/agent-api.ts'
import {routeLookup} from '../../datapath/host/neighbours.ts'
import {countingRoutes} from '../../datapath/host/peer-tables.ts'
import {observeRules} from '../../datapath/machine/route-rules.ts'
import {observeAllRoutes} from '../../datapath/machine/routes.ts'

/** What counts of the main table and those of the peers: the answer to GET /v1/routes. */
export async function routesInUse(): Promise<readonly KernelRoute[]> {
  return countingRoutes(await observeAllRoutes(), await observeRules())
}

/** The row that counts for an address; the kernel does not say which one makes it refuse. */
export async function rowOf(to: Ip): Promise<KernelRoute | undefined> {
  const {before = [], main = []} = Object.groupBy(await routesInUse(), ({table}) =>
    table === undefined ? 'main' : 'before',
  )
  return routeLookup(before)(to) ?? routeLookup(main)(to)
}
