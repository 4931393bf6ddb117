import type {Hands} from '../../src/agent/hands.ts'
import {type Cidr, parseCidr} from '../../src/model/address.ts'
import type {KernelRoute} from '../../src/model/agent-api.ts'
import type {RouteRule} from '../../src/datapath/host/peer-tables.ts'
import type {PodEnds, PodResize} from '../../src/datapath/host/pod-sizes.ts'
import {placeOf} from '../../src/datapath/host/routes.ts'
import type {LinkSetting} from '../../src/datapath/host/state.ts'
import type {TunnelWay} from '../../src/datapath/host/tunnel-ways.ts'
import type {Flow} from '../../src/datapath/openflow/flow.ts'
import type {Part} from '../../src/datapath/plan/compare.ts'
import {flowKind} from '../../src/datapath/plan/kinds.ts'

/** A switch and a kernel as values, with hands and eyes. */
export class FakeNode {
  readonly flows = new Map<string, Flow>()
  routes: readonly KernelRoute[] = []
  lookups: readonly RouteRule[] = []
  rules = ''
  readonly podCidrs = new Set<string>()
  readonly guards = new Set<string>()
  readonly sysctls = new Map<string, string>()
  readonly links = new Map<string, LinkSetting>()
  readonly pods = new Map<string, PodEnds>()
  ways: readonly TunnelWay[] = []
  /** What was looked at. */
  readonly asked: Part[][] = []
  /** The hand that fails. */
  refuse: string | undefined

  readonly hands: Hands = {
    machine: {
      openflow: {
        putMeters: () => this.#act('meters'),
        removeMeters: () => this.#act('remove meters'),
        bundle: ({add = [], remove = []}) =>
          this.#act('bundle', () => {
            for (const flow of remove) this.flows.delete(flowKind.key(flow))
            for (const flow of add) this.flows.set(flowKind.key(flow), flow)
          }),
      },
      routes: {
        put: (routes) => this.#act('put routes', () => (this.routes = [...this.#without(routes), ...routes])),
        remove: (routes) => this.#act('remove', () => (this.routes = this.#without(routes))),
      },
      rules: {
        put: (rules) => this.#act('put rules', () => void (this.lookups = [...this.lookups, ...rules])),
        remove: (rules) =>
          this.#act('remove rules', () => {
            this.lookups = this.lookups.filter(({table}) => !rules.some((gone) => gone.table === table))
          }),
      },
      nft: {
        put: (ruleset) =>
          this.#act('nft', () => {
            const lines = ruleset.split('\n').filter((line) => !line.startsWith('delete') && line !== '')
            const [, cidrs = ''] = /\{ (.*) \}/u.exec(lines.find((line) => line.startsWith('add element')) ?? '') ?? []
            this.podCidrs.clear()
            for (const cidr of cidrs.split(', ')) this.podCidrs.add(cidr)
            // The first line makes the table that the next one deletes.
            this.rules = lines
              .slice(1)
              .filter((line) => !line.startsWith('add element'))
              .map((line) => `${line}\n`)
              .join('')
          }),
        guard: (devices) => this.#act('guard', () => devices.forEach((name) => this.guards.add(name))),
        unguard: (devices) => this.#act('unguard', () => devices.forEach((name) => this.guards.delete(name))),
        addPodCidrs: (cidrs) => this.#act('add', () => cidrs.forEach((cidr) => this.podCidrs.add(cidr))),
        removePodCidrs: (cidrs) => this.#act('delete', () => cidrs.forEach((cidr) => this.podCidrs.delete(cidr))),
      },
      sysctls: {put: (rows) => this.#act('sysctl', () => rows.forEach(({key, value}) => this.sysctls.set(key, value)))},
      pods: {limit: (pods) => this.#resize(pods), free: (pods) => this.#resize(pods)},
      links: {put: (rows) => this.#act('link', () => rows.forEach((row) => this.links.set(row.name, row)))},
      tunnelWays: {put: (ways) => this.#act('ways', () => (this.ways = ways))},
      neighbours: {warm: () => this.#act('warm'), put: () => this.#act('neighbours')},
      control: {revalidate: () => this.#act('revalidate')},
    },
    observe: async (wanted) => {
      this.asked.push([...wanted])
      await Promise.resolve()
      const devices = ['eth1', 'antrea-gw0', 'client-1a2b3c', 'server-1a2b3c', 'late-1a2b3c']
      const podCidrs: readonly Cidr[] = [...this.podCidrs].map(parseCidr)
      const sysctls = Object.fromEntries(this.sysctls)
      return {
        ...(wanted.has('flows') && {flows: [...this.flows.values()]}),
        ...(wanted.has('routes') && {routes: this.routes, rules: this.lookups, ways: this.ways}),
        ...(wanted.has('nft') && {
          nft: {rules: this.rules, podCidrs, guards: [...this.guards], strayGuards: [], devices},
        }),
        ...(wanted.has('settings') && {
          settings: {sysctls, links: [...this.links.values()]},
        }),
        ...(wanted.has('pods') && {pods: [...this.pods.values()]}),
      }
    },
  }

  /** All that is there, for comparison. */
  changeLink(name: string, change: Partial<LinkSetting>): void {
    const link = this.links.get(name)
    if (link !== undefined) this.links.set(name, {...link, ...change})
  }

  picture(): unknown {
    const routes = this.routes.toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1))
    const lookups = this.lookups.toSorted((a, b) => a.table - b.table)
    const sets = [this.podCidrs, this.guards].map((set) => [...set].toSorted())
    const maps = [this.flows, this.sysctls, this.links, this.pods].map((map) => new Map<string, unknown>(map))
    return {maps, sets, routes, lookups, rules: this.rules, ways: this.ways}
  }

  #resize(pods: readonly PodResize[]): Promise<void> {
    return this.#act('resize', () => {
      for (const {interfaceName, takes, routes} of pods) {
        const pod = this.pods.get(interfaceName)
        if (pod === undefined) continue
        this.pods.set(interfaceName, {...pod, ...(takes !== undefined && {takes}), ...(routes.length > 0 && {routes})})
      }
    })
  }

  #without(routes: readonly KernelRoute[]): readonly KernelRoute[] {
    return this.routes.filter((there) => !routes.some((route) => placeOf(route) === placeOf(there)))
  }

  async #act(name: string, change: () => unknown = () => undefined): Promise<void> {
    await Promise.resolve()
    if (this.refuse === name) throw new Error(`${name} refused`)
    change()
  }
}
