import {readdirSync} from 'node:fs'
import {join} from 'node:path'
import {machinePid, outside, router} from './machines.ts'
import {paths, readRecord} from './state.ts'
import type {Topology} from './topology.ts'

/** The lab as a person asks for it: a line each for the whole and for every machine. */
export function describeStatus({nodes, apiServer, outside: host}: Topology): string {
  const record = readRecord()
  if (record === undefined || machinePid(router) === undefined) return 'no lab is running'
  const seconds = Math.round((Date.now() - record.startedAt) / 1000)
  const api =
    record.port === undefined ? 'not ready' : `https://127.0.0.1:${record.port}, inside https://${apiServer}:6443`
  const rows = [
    row('lab', record.complete ? `up for ${seconds} s` : `starting for ${seconds} s`),
    row('API server', api),
    row('kubeconfig', paths.kubeconfig),
    row(router, powerOf(router, servicesOf(router))),
    ...nodes.map(({name, subnet, management, transport, podCidr}) =>
      row(name, powerOf(name, `subnet ${subnet}, eth0 ${management.ip}, eth1 ${transport.ip}, Pods ${podCidr}`)),
    ),
    row(outside, powerOf(outside, host.ip)),
  ]
  return rows.join('\n')
}

function powerOf(name: string, about: string): string {
  return `${machinePid(name) === undefined ? 'off' : 'on '}  ${about}`
}

function servicesOf(name: string): string {
  return readdirSync(join(paths.control(name), 'services'))
    .sort()
    .join(', ')
}

function row(name: string, text: string): string {
  return `${name.padEnd(11)} ${text}`
}
