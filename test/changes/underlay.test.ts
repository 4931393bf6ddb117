import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {addressAt, type Cidr, contains, networkOf, parseCidr, parseIp} from '../../src/model/address.ts'
import type {TrafficMode} from '../../src/model/traffic-mode.ts'
import type {CloudControllers} from '../../src/cluster/cloud-controllers.ts'
import type {NodeFacts} from '../../src/cluster/node-facts.ts'
import {awsInstance, azureMachine, gceInstance} from '../../src/changes/underlay/machine-id.ts'
import {mergedCidrs} from '../../src/changes/underlay/merged-cidrs.ts'
import {drawPlan} from '../../src/changes/set-mode/plan.ts'
import {fourAgents} from '../diagnostics/agents.ts'
import {awsIds, azureIds, byDefaultRoute, cloudNodes, gceIds, vsphereIds} from './clusters.ts'

interface Cloud {
  readonly nodes?: ReadonlyMap<string, NodeFacts>
  readonly controllers?: CloudControllers
}

function needs(from: TrafficMode, to: TrafficMode, cloud: Cloud) {
  const infos = fourAgents.map((info) => ({...info, networkInfo: {...info.networkInfo, trafficEncapMode: from}}))
  return drawPlan({config: `trafficEncapMode: ${from}\n`, infos, ways: byDefaultRoute(), ...cloud}, to).underlay
}
const shown = (all: ReturnType<typeof needs>) => all.map(({state, sentence}) => `${state}: ${sentence}`)
const commands = (all: ReturnType<typeof needs>) => all.flatMap((need) => need.commands)

describe('AWS', () => {
  test('hybrid: the address check of each instance, and the security groups for all podCIDRs', () => {
    const all = needs('encap', 'hybrid', {nodes: cloudNodes(awsIds)})
    expect(shown(all)).toEqual([
      expect.stringMatching(/^unknown: AWS drops packets .* source\/destination check must be off/u),
      expect.stringMatching(/^unknown: their security groups must admit the Pods' networks/u),
    ])
    expect(commands(all).slice(0, 2)).toEqual([
      'aws ec2 modify-instance-attribute --region eu-west-1 --instance-id i-0a1b2c3d4e5f60001 --no-source-dest-check',
      'aws ec2 modify-instance-attribute --region eu-west-1 --instance-id i-0a1b2c3d4e5f60002 --no-source-dest-check',
    ])
    expect(commands(all).at(-1)).toBe(
      "aws ec2 authorize-security-group-ingress --region eu-west-1 --group-id GROUP --ip-permissions 'IpProtocol=-1,IpRanges=[{CidrIp=10.244.1.0/24},{CidrIp=10.244.2.0/23},{CidrIp=10.244.4.0/24}]'",
    )
  })

  test('noEncap across subnets: a route for each podCIDR', () => {
    const [, , routes] = needs('encap', 'noEncap', {nodes: cloudNodes(awsIds)})
    expect(routes).toMatchObject({state: 'unknown', nodes: ['n1', 'n2', 'n3', 'n4'], provider: 'aws'})
    expect(routes?.commands).toContain(
      'aws ec2 create-route --region eu-west-1 --route-table-id ROUTE_TABLE --destination-cidr-block 10.244.3.0/24 --instance-id i-0a1b2c3d4e5f60003',
    )
  })

  test('what is on the way already is not asked for again', () => {
    const all = needs('hybrid', 'noEncap', {nodes: cloudNodes(awsIds)})
    expect(all.map(({sentence, nodes}) => [sentence.slice(0, 9), ...nodes])).toEqual([
      ['AWS drops', 'n1', 'n2', 'n3', 'n4'],
      ['their sec', 'n1', 'n2', 'n3', 'n4'],
      ['AWS must ', 'n1', 'n2', 'n3', 'n4'],
    ])
    expect(shown(needs('noEncap', 'hybrid', {nodes: cloudNodes(awsIds)}))).toEqual([
      expect.stringMatching(/^unknown: their security groups must admit UDP 6081/u),
    ])
  })

  test('an instance whose providerID is not as AWS writes it is named, but gets no command', () => {
    const nodes = cloudNodes([`aws:///eu-west-1a/i-01;reboot`, ...awsIds.slice(1)])
    const [check] = needs('encap', 'hybrid', {nodes})
    expect(check?.nodes).toContain('n1')
    expect(check?.commands).toHaveLength(3)
    expect(JSON.stringify(check)).not.toContain('reboot')
  })
})

test('Google Cloud: canIpForward or alias ranges, firewall and routes, each with its command', () => {
  const all = needs('encap', 'noEncap', {nodes: cloudNodes(gceIds)})
  expect(shown(all)).toEqual([
    expect.stringMatching(/canIpForward is set: that is possible when it is made or updated/u),
    expect.stringMatching(/firewall of the VPC network must admit the Pods' networks/u),
    expect.stringMatching(/^unknown: Google Cloud must have a route to each podCIDR: whether a Route Controller runs/u),
  ])
  expect(commands(all)).toEqual(
    expect.arrayContaining([
      "gcloud compute instances network-interfaces update gke-n1 --project=my-project --zone=europe-west1-b --aliases='10.244.1.0/24'  # or:",
      expect.stringMatching(
        /^gcloud compute routes create antrea-gke-n3 .* --destination-range=10\.244\.3\.0\/24 --next-hop-instance=gke-n3 --next-hop-instance-zone=europe-west1-b$/u,
      ),
    ]),
  )
})

describe('Azure', () => {
  test('hybrid is refused; noEncap where the Route Controller has no route, too', () => {
    expect(() => needs('encap', 'hybrid', {nodes: cloudNodes(azureIds)})).toThrow(/hybrid does not work on Azure/u)
    expect(() => needs('encap', 'noEncap', {nodes: cloudNodes(azureIds, 'NoRouteCreated')})).toThrow(
      /^n1, n2, n3 and 1 more: trafficEncapMode noEncap needs Azure's routes, and its route controller has none/u,
    )
  })
  test('noEncap is met where it says that its routes are there', () => {
    expect(shown(needs('encap', 'noEncap', {nodes: cloudNodes(azureIds, 'RouteCreated')}))).toEqual([
      'met: the Route Controller of Azure has routes to all podCIDRs (condition NetworkUnavailable: RouteCreated)',
    ])
  })
  test('noEncap is unknown where nobody says anything, with what makes the routes by hand', () => {
    const all = needs('encap', 'noEncap', {nodes: cloudNodes(azureIds), controllers: {routes: []}})
    expect(shown(all)).toEqual([expect.stringMatching(/no Route Controller runs, and of 4 of 4 Nodes/u)])
    expect(commands(all)).toEqual(
      expect.arrayContaining([
        'az network route-table route create --resource-group my-group --route-table-name TABLE --name n1 --address-prefix 10.244.1.0/24 --next-hop-type VirtualAppliance --next-hop-ip-address 172.30.1.11',
        'az vmss update-instances --resource-group my-group --name pool --instance-ids 0',
      ]),
    )
  })
})

test.each<[string, readonly string[], string | undefined, CloudControllers | undefined, RegExp]>([
  ['AWS', awsIds, 'RouteCreated', undefined, /^met: the Route Controller of AWS has routes/u],
  ['AWS', awsIds, 'NoRouteCreated', undefined, /^open: AWS must .* none yet to 4 of 4 Nodes/u],
  [
    'AWS',
    awsIds,
    undefined,
    {routes: [{workload: 'DaemonSet kube-system/aws', keepsRoutes: true}]},
    /a Route Controller runs \(DaemonSet kube-system\/aws\), and of 4 of 4/u,
  ],
  [
    'AWS',
    awsIds,
    undefined,
    {routes: [{workload: 'DaemonSet kube-system/aws', keepsRoutes: false}]},
    /runs without its Route Controller/u,
  ],
  ['vSphere', vsphereIds, 'RouteCreated', undefined, /^met: the Route Controller of vSphere with NSX-T/u],
  ['vSphere', vsphereIds, undefined, {routes: []}, /^unknown: vSphere with NSX-T must .*: no Route Controller runs/u],
])('Route Controller of %s: case %#', (_cloud, ids, reason, controllers, sentence) => {
  const all = needs('encap', 'noEncap', {nodes: cloudNodes(ids, reason), ...(controllers && {controllers})})
  expect(shown(all).at(-1)).toMatch(sentence)
})

describe('kube-router, where no cloud is known', () => {
  const own = (controllers?: CloudControllers) =>
    needs('encap', 'noEncap', {
      nodes: cloudNodes([undefined, 'k3s://n2', undefined, undefined]),
      ...(controllers && {controllers}),
    })
  test('is offered with its manifest filled in: each Node is told its own router', () => {
    const need = own().find(({manifest}) => manifest !== undefined)
    expect(need?.commands).toEqual([
      'kubectl annotate node n1 kube-router.io/peer.ips=172.30.1.1 kube-router.io/peer.asns=64513',
      'kubectl annotate node n2 kube-router.io/peer.ips=172.30.1.1 kube-router.io/peer.asns=64513',
      'kubectl annotate node n3 kube-router.io/peer.ips=172.30.2.1 kube-router.io/peer.asns=64513',
      'kubectl annotate node n4 kube-router.io/peer.ips=172.30.2.1 kube-router.io/peer.asns=64513',
      expect.stringContaining('kubectl apply -f -'),
    ])
    for (const argument of ['--run-router=true', '--enable-cni=false', '--enable-overlay=false', '--cluster-asn=64512'])
      expect(need?.manifest).toContain(`- ${argument}`)
  })
  test('one that runs is named, and one that does more than that, too', () => {
    const running = (advertisesOnly: boolean) =>
      shown(own({routes: [], kubeRouter: {workload: 'DaemonSet kube-system/kube-router', advertisesOnly}})).at(-1)
    expect(running(true)).toMatch(/^unknown: DaemonSet kube-system\/kube-router runs in advertisement-only mode/u)
    expect(running(false)).toMatch(
      /^open: DaemonSet kube-system\/kube-router runs, but not in advertisement-only mode/u,
    )
  })
  test("Nodes of a cloud beside Nodes of one's own are each told in their own words", () => {
    const mixed = needs('encap', 'hybrid', {nodes: cloudNodes([awsIds[0], awsIds[1], undefined, undefined])})
    expect(mixed.map(({provider, nodes}) => [provider, ...nodes])).toEqual([
      ['aws', 'n1', 'n2'],
      ['aws', 'n1', 'n2'],
      [undefined, 'n3', 'n4'],
    ])
  })
})

describe('what a cloud calls a machine', () => {
  test.each([
    ['aws:///eu-west-1a/i-0123456789abcdef0', {region: 'eu-west-1', instance: 'i-0123456789abcdef0'}],
    ['aws:///us-gov-west-1a/i-01234567', {region: 'us-gov-west-1', instance: 'i-01234567'}],
    ['aws:///us-west-2-lax-1a/i-01234567', {region: 'us-west-2', instance: 'i-01234567'}],
  ])('%s', (id, found) => {
    expect(awsInstance(id)).toEqual(found)
  })
  test('whatever else stands there never reaches a command', () => {
    const plain = /^[\w.:-]*$/u
    fc.assert(
      fc.property(
        fc.constantFrom(...awsIds, ...gceIds, ...azureIds),
        fc.nat(200),
        fc.constantFrom(';', '$(x)', '`x`', '\n', "'", '"', ' ', '|', '&', '\u202E', '{', '*', '#', '%', '\\'),
        (id, at, evil) => {
          const text = id.slice(0, at) + evil + id.slice(at)
          const words = [awsInstance(text), gceInstance(text), azureMachine(text)].flatMap((found) =>
            Object.values(found ?? {}),
          )
          expect(words.filter((word) => !plain.test(word))).toEqual([])
        },
      ),
    )
  })
})

test('merged networks hold the same addresses', () => {
  expect(mergedCidrs(Array.from({length: 256}, (_, at) => parseCidr(`10.1.${at}.0/24`)))).toEqual(['10.1.0.0/16'])
  const cidr = fc
    .tuple(fc.nat(255), fc.nat(255), fc.integer({min: 8, max: 32}))
    .map(([a, b, prefix]) => networkOf(parseIp(`10.${a % 4}.${b}.0`), prefix))
  fc.assert(
    fc.property(fc.array(cidr, {maxLength: 20}), fc.nat(255), (cidrs, last) => {
      const merged = mergedCidrs(cidrs)
      const samples = [...cidrs.map((one: Cidr) => addressAt(one, 0)), parseIp(`10.1.2.${last}`), parseIp('11.0.0.1')]
      const within = (list: readonly Cidr[]) => samples.map((ip) => list.some((one) => contains(one, ip)))
      expect(within(merged)).toEqual(within(cidrs))
      expect(merged.length).toBeLessThanOrEqual(cidrs.length)
    }),
  )
})
