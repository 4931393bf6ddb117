import {run} from '../../lab/machines.ts'

/** Where each Node's Pods are, in the two subnets of the lab. */
export const nodes = [
  {name: 'n1', podCidr: '10.244.1.0/24', transport: '172.30.1.11', router: '172.30.1.1'},
  {name: 'n2', podCidr: '10.244.2.0/24', transport: '172.30.1.12', router: '172.30.1.1'},
  {name: 'n3', podCidr: '10.244.3.0/24', transport: '172.30.2.13', router: '172.30.2.1'},
  {name: 'n4', podCidr: '10.244.4.0/24', transport: '172.30.2.14', router: '172.30.2.1'},
] as const

/** What a routing daemon would put: on the router each podCIDR, on every Node those of the other subnet, behind ours. */
export async function fabric(verb: 'replace' | 'del'): Promise<void> {
  await routerKnows(verb)
  await nodesKnow(verb)
}

export async function routerKnows(verb: 'replace' | 'del'): Promise<void> {
  for (const {podCidr, transport} of nodes) await run('router', ['ip', 'route', verb, podCidr, 'via', transport])
}

export async function nodesKnow(verb: 'replace' | 'del'): Promise<void> {
  for (const {podCidr, router} of nodes) {
    for (const far of nodes.filter((node) => node.router !== router))
      await run(far.name, ['ip', 'route', verb, podCidr, 'via', far.router, 'metric', '100'])
  }
}
