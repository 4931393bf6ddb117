import {addressAt, gatewayOf, macFor, parseCidr, parseIp} from '../src/model/address.ts'
import type {Flow} from '../src/datapath/openflow/flow.ts'
import {peerFlows} from '../src/datapath/pipeline/peer.ts'
import {podFlows} from '../src/datapath/pipeline/pod.ts'

const gateway = macFor(gatewayOf(parseCidr('10.244.1.0/24')))

/**
 * `count` flows as a Node of a large cluster has them, no two alike: its Pods, 15 % peers, 25 % Services with their
 * endpoints, and the addresses, ports and Pods of NetworkPolicy rules for the rest. Pods and peers come from our pipeline, Services
 * and policies are written as Antrea writes them.
 */
export function busyNode(count: number): readonly Flow[] {
  const flows = [
    ...times(Math.min(250, Math.floor(count / 100)), pod),
    ...times(Math.floor((count * 0.15) / 3), peer),
    ...times(Math.floor((count * 0.25) / 5), service),
  ].flat()
  for (let rule = 0; flows.length < count; rule += 1) flows.push(...policyRule(rule))
  return flows.slice(0, count)
}

/** One Pod's flows, all that a CNI ADD writes; each `index` another Pod. */
export function pod(index: number): readonly Flow[] {
  const ip = addressAt(parseCidr('10.244.0.0/16'), index + 258)
  const mac = macFor(ip)
  return podFlows(
    {
      namespace: 'default',
      name: `pod-${index}`,
      containerId: String(index),
      interfaceName: `pod-${index}`,
      ofport: index + 10,
      ips: [ip],
      mac,
    },
    gateway,
  )
}

function peer(index: number): readonly Flow[] {
  const podCidr = parseCidr(`10.${64 + (index >> 8)}.${index & 255}.0/24`)
  const transportIp = parseIp(`172.${16 + (index >> 8)}.${index & 255}.11`)
  return peerFlows(
    {name: `node-${index}`, podCidr, gatewayIp: gatewayOf(podCidr), transportIp, sameSubnet: index % 10 === 0},
    gateway,
    'hybrid',
  )
}

/** Antrea's ServiceLB and EndpointDNAT: one cluster address, four endpoints. */
function service(index: number): readonly Flow[] {
  const protocol = index % 8 === 0 ? 'udp' : 'tcp'
  const port = String(1024 + ((index * 7) % 30_000))
  const balance: Flow = {
    table: 11,
    priority: 200,
    cookie: cookie(2, index),
    match: {[protocol]: '', reg4: '0x10000/0x70000', nw_dst: `10.96.${index >> 8}.${index & 255}`, tp_dst: port},
    actions: [
      'set_field:0x200/0x200->reg0',
      'set_field:0x20000/0x70000->reg4',
      `set_field:0x${(index + 1).toString(16)}->reg7`,
      'goto_table:12',
    ],
  }
  const endpoints = times(4, (endpoint): Flow => {
    const [high, low] = [(index + endpoint * 17) & 255, 2 + ((index >> 8) * 4 + endpoint)]
    const address = `10.${64 + endpoint}.${high}.${low}`
    return {
      table: 12,
      priority: 200,
      cookie: cookie(3, index * 4 + endpoint),
      match: {
        [protocol]: '',
        reg3: `0x0a${[64 + endpoint, high, low].map((octet) => octet.toString(16).padStart(2, '0')).join('')}`,
        reg4: `0x${(0x2_0000 + Number(port)).toString(16)}/0x7ffff`,
      },
      actions: [
        `ct(commit,table=13,zone=65520,nat(dst=${address}:${port}),exec(set_field:0x10/0x10->ct_mark,move:NXM_NX_REG0[0..3]->NXM_NX_CT_MARK[0..3]))`,
      ],
    }
  })
  return [balance, ...endpoints]
}

/** Antrea's conjunctive rule: from any of 90 addresses, to any of 6 Pods of ours, on any of 3 ports. */
function policyRule(rule: number): readonly Flow[] {
  const id = rule + 1
  const clause = {table: 29, cookie: cookie(4, rule), priority: 14_000 + (rule % 900)}
  const sources = times(90, (index): Flow => {
    const address = `10.${64 + ((rule + index) % 64)}.${(rule * 3 + index) & 255}.${2 + (rule % 250)}`
    return {...clause, match: {ip: '', nw_src: address}, actions: [`conjunction(${id},1/3)`]}
  })
  const targets = times(6, (index): Flow => {
    const ofport = 10 + ((rule * 6 + index) % 250)
    return {...clause, match: {ip: '', reg1: `0x${ofport.toString(16)}`}, actions: [`conjunction(${id},2/3)`]}
  })
  const ports = times(3, (index): Flow => {
    const port = String(1 + ((rule * 3 + index) % 65_000))
    return {...clause, match: {tcp: '', tp_dst: port}, actions: [`conjunction(${id},3/3)`]}
  })
  const verdict: Flow = {
    ...clause,
    match: {ip: '', conj_id: String(id)},
    actions: [`set_field:0x${id.toString(16)}->reg5`, 'ct(commit,table=30,zone=65520,exec(set_field:0x1->ct_label))'],
  }
  return [...sources, ...targets, ...ports, verdict]
}

function cookie(kind: number, index: number): bigint {
  return (5n << 40n) | (BigInt(kind) << 32n) | BigInt(index)
}

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({length: count}, (_, index) => make(index))
}
