import * as v from 'valibot'
import type {KernelRoute} from '../../model/agent-api.ts'
import {AntctlError, sentenceOf} from '../../model/errors.ts'
import {runIpBatch, runProgram} from './program.ts'

/** A row of `ip -j route show`. */
const rowSchema = v.object({
  type: v.optional(v.string()),
  dst: v.string(),
  gateway: v.optional(v.string()),
  dev: v.optional(v.string(), ''),
  prefsrc: v.optional(v.string()),
  protocol: v.optional(v.string()),
  scope: v.optional(v.string()),
  metric: v.optional(v.number()),
  flags: v.optional(v.array(v.string()), []),
  metrics: v.optional(v.array(v.object({mtu: v.optional(v.number())})), []),
})

/** The main table, or only what leaves by one device. */
export async function observeRoutes(dev?: string): Promise<readonly KernelRoute[]> {
  const selector = dev === undefined ? [] : ['dev', dev]
  const text = await runProgram('ip', ['-4', '-j', 'route', 'show', 'table', 'main', ...selector])
  return v.parse(v.array(rowSchema), JSON.parse(text === '' ? '[]' : text)).map((row) => translateRow(row, dev))
}

export async function replaceRoutes(routes: readonly KernelRoute[]): Promise<void> {
  await runIpBatch(routes.map((route) => `route replace ${describeRoute(route)}`))
}

/** A route that is gone already is no error. */
export async function removeRoutes(routes: readonly KernelRoute[]): Promise<void> {
  try {
    await runIpBatch(
      routes.map((route) => `route del ${describeRoute(route)}`),
      {force: true},
    )
  } catch (error) {
    if (!/No such process|Cannot find device/u.test(sentenceOf(error))) throw error
    const left = new Set((await observeRoutes()).map(describeRoute))
    const stuck = routes.find((route) => left.has(describeRoute(route)))
    if (stuck !== undefined) throw new AntctlError('MACHINE', `the route ${describeRoute(stuck)} cannot be removed`)
  }
}

/** In ip-route(8)'s words, without the verb. */
export function describeRoute({to, via, dev, src, onlink, protocol, scope, metric, mtu}: KernelRoute): string {
  const words = [to, via && `via ${via}`, `dev ${dev}`, protocol && `proto ${protocol}`]
  const more = [scope && `scope ${scope}`, src && `src ${src}`, metric && `metric ${metric}`, mtu && `mtu ${mtu}`]
  return [...words, ...more, onlink === true && 'onlink'].filter(Boolean).join(' ')
}

/** `ip` leaves the device out when it was asked for one. */
function translateRow(row: v.InferOutput<typeof rowSchema>, dev: string | undefined): KernelRoute {
  const mtu = row.metrics.find((metric) => metric.mtu !== undefined)?.mtu
  return {
    to: row.dst === 'default' ? '0.0.0.0/0' : row.dst.includes('/') ? row.dst : `${row.dst}/32`,
    dev: row.dev === '' ? (dev ?? '') : row.dev,
    ...(row.type !== undefined && {type: row.type}),
    ...(row.gateway !== undefined && {via: row.gateway}),
    ...(row.prefsrc !== undefined && {src: row.prefsrc}),
    ...(row.flags.includes('onlink') && {onlink: true}),
    ...(row.protocol !== undefined && {protocol: row.protocol}),
    ...(row.scope !== undefined && {scope: row.scope}),
    ...(row.metric !== undefined && {metric: row.metric}),
    ...(mtu !== undefined && {mtu}),
  }
}
