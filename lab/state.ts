import {createHash} from 'node:crypto'
import {existsSync, readFileSync} from 'node:fs'
import {mkdir, rename, writeFile} from 'node:fs/promises'
import {join, resolve} from 'node:path'
import * as v from 'valibot'
import {defaultTopology, isTopologyName, topologyCalled, type TopologyName} from './topologies.ts'
import type {Topology} from './topology.ts'

const root = resolve(import.meta.dirname, '..')

/** Where a lab keeps everything that `down` removes; ANTCTL_LAB names another place. */
const directory = resolve(process.env['ANTCTL_LAB'] ?? join(root, '.cache', 'lab'))

export const paths = {
  root,
  lab: directory,
  record: join(directory, 'lab.json'),
  kubeconfig: join(directory, 'kubeconfig'),
  programs: join(directory, 'bin'),
  images: join(directory, 'images'),
  certificates: join(directory, 'pki'),
  /** Unix socket of the relay's inner end; bound by a short relative name, because such paths end at 107 bytes. */
  relaySocket: 'relay.sock',
  init: join(root, 'lab', 'init'),
  machine: (name: string) => join(directory, 'machines', name),
  /** What a machine's first process is told: which services there are, and a FIFO of commands. */
  control: (name: string) => join(directory, 'machines', name, 'control'),
  logs: (name: string) => join(directory, 'machines', name, 'logs'),
} as const

/** One cgroup name a lab, so that two labs on one machine never meet. */
export const cgroupName = `antctl-lab-${createHash('sha256').update(directory).digest('hex').slice(0, 8)}`

/** A process, and its start in clock ticks since boot (proc(5) stat, field 22). */
const identity = {pid: v.optional(v.number()), startTicks: v.optional(v.string())}
const identitySchema = v.object(identity)
export type Identity = v.InferOutput<typeof identitySchema>

const schema = v.object({
  /** The lab's own cgroups, one a hierarchy: whoever is in them belongs to the lab. Written before they are made. None without root. */
  cgroups: v.array(v.string()),
  /** The outermost unshare. */
  ...identity,
  /** The half of the relay that is outside of the lab's namespaces. */
  relay: v.optional(identitySchema),
  port: v.optional(v.number()),
  topology: v.optional(
    v.custom<TopologyName>((name) => typeof name === 'string' && isTopologyName(name)),
    defaultTopology,
  ),
  /** Digest of the agent image's lower layer that every Node has. */
  agentBase: v.optional(v.string()),
  /** Milliseconds since 1970. */
  startedAt: v.number(),
  /** `up` came to its end. */
  complete: v.boolean(),
})
export type LabRecord = v.InferOutput<typeof schema>

/** Undefined when there is no lab, or its record is unreadable. */
export function readRecord(): LabRecord | undefined {
  if (!existsSync(paths.record)) return undefined
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), readFileSync(paths.record, 'utf8'))
  return parsed.success ? parsed.output : undefined
}

export async function writeRecord(record: LabRecord): Promise<void> {
  await mkdir(paths.lab, {recursive: true})
  await writeFile(`${paths.record}.draft`, JSON.stringify(record))
  await rename(`${paths.record}.draft`, paths.record)
}

/** The network of the lab that is recorded, or of the one that `up` would start. */
export function currentTopology(): Topology {
  return topologyCalled(readRecord()?.topology ?? defaultTopology)
}
