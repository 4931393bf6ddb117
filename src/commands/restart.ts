import {Flags, type Interfaces} from '@oclif/core'
import {AntctlError} from '../model/errors.ts'
import type {Restarted, RestartEvent} from '../model/restart-event.ts'
import type {RestartPlan} from '../changes/restart/plan.ts'
import {nodeOf} from '../cluster/agent-infos.ts'
import type {Session} from '../cluster/session.ts'
import {inJson, isTable} from '../ui/output.ts'
import {restartEventLine, restartPlanLines} from '../ui/restart-view.ts'
import {listOf} from './base.ts'
import {ChangingCommand} from './changing.ts'

type Flagged = Interfaces.InferredFlags<typeof Restart.flags & typeof Restart.baseFlags>

/** Seconds for one Node, kubelet's back-off included. */
const patience = 120

export class Restart extends ChangingCommand {
  static override summary = 'Restart agents one Node after the other, each gated on forwarding.'
  static override description =
    'Shows a plan and asks. Only the container of the agent starts anew, when its Node’s AntreaNodeConfig says so ' +
    '(spec.restartRequestedAt); Open vSwitch goes on. With --ovs the Pod is made anew, and Open vSwitch with it. Ready is not ' +
    'forwarding: the next Node waits until this one’s agent answers, flows and routes are as they must be and the probes between ' +
    'all Nodes lose nothing. A Node that does not come back stops it. --timeout is for one Node. Kubelet may let an agent that ' +
    'was started a short time ago wait for up to five minutes.'
  static override examples = [
    '<%= config.bin %> restart --dry-run',
    '<%= config.bin %> restart --nodes n1,n2',
    '<%= config.bin %> restart --ovs --selector pool=blue --yes',
    '<%= config.bin %> restart --yes --events',
  ]
  static override flags = {
    nodes: Flags.string({summary: 'only these Nodes, in this order', helpValue: 'NODE,…', multiple: true}),
    selector: Flags.string({char: 'l', summary: 'only Nodes with these labels', helpValue: 'LABEL=VALUE,…'}),
    ovs: Flags.boolean({summary: 'Open vSwitch as well: Pods of the Node are cut off for a moment'}),
    'dry-run': Flags.boolean({summary: 'show the plan and change nothing'}),
    events: Flags.boolean({
      summary: 'write each event as a line of JSON when it happens (docs/schemas/restart-event.json), and nothing else',
    }),
  }

  override async run(): Promise<void> {
    const {flags} = await this.parse(Restart)
    const signal = this.interruptible()
    const {openSession} = await import('../cluster/session.ts')
    const {kubeconfig, context, server} = flags
    await using session = await this.within(
      signal,
      openSession({kubeconfig, context, server, signal, onRoad: this.tell(flags)}),
    )
    const plan = await this.within(signal, planned(session, flags, signal))
    if (flags['dry-run']) {
      return await this.show({plan, events: []}, flags.output, (view) => restartPlanLines(plan, view))
    }
    const asked = `antctl restart${flags.ovs ? ' --ovs' : ''}`
    const refused = new AntctlError('NOT_CONFIRMED', 'nothing was restarted: the plan was not confirmed', {
      remedy: [`${asked} --dry-run`, `${asked} --yes`],
    })
    if (!flags.yes && !(process.stdin.isTTY && process.stderr.isTTY)) throw refused
    if (isTable(flags.output) && !flags.events)
      await this.write(process.stdout, `${restartPlanLines(plan, this.view(process.stdout)).join('\n')}\n\n`)
    const {assertOperator, restartRights} = await import('../cluster/rights.ts')
    await this.within(signal, assertOperator(session.cluster.api, restartRights[plan.what]))
    if (!flags.yes) await this.confirm(`Restart ${plan.nodes.length} Nodes?`, refused, signal)
    await this.#carryOut(plan, session, {flags, signal})
  }

  /** With the lease of changes: neither begins while the other is at it. */
  async #carryOut(plan: RestartPlan, session: Session, {flags, signal}: Carrying): Promise<void> {
    const [{restartNodes}, {openRestartCluster}, {heldCluster}, {holdLease}, {startSteadyProbe}] = await Promise.all([
      import('../changes/restart/run.ts'),
      import('../changes/restart/live-cluster.ts'),
      import('../changes/restart/held.ts'),
      import('../changes/restart/hold-lease.ts'),
      import('../diagnostics/probes/steady.ts'),
    ])
    const nodes = session.infos.map(nodeOf)
    const {api} = session.cluster
    await using lease = await this.within(
      signal,
      holdLease(api, (why) => this.progress(why)),
    )
    await using probe = nodes.length < 2 ? undefined : await startSteadyProbe(api, {nodes, signal})
    const infos = new Map(session.infos.map((info) => [nodeOf(info), info]))
    const cluster = heldCluster(openRestartCluster(session.cluster, infos, {what: plan.what, probe}), lease)
    const events: RestartEvent[] = []
    const steps = restartNodes(plan, cluster, {signal, patience: (flags.timeout ?? patience) * 1_000})
    const isValue = !isTable(flags.output) && !flags.events
    try {
      for await (const event of steps) {
        events.push(event)
        await this.#tell(event, flags)
      }
    } catch (error) {
      // For a person the error says it; a program wants all of it.
      if (isValue) await this.show({plan, events}, flags.output, () => [])
      throw error
    }
    if (isValue) await this.show({plan, events}, flags.output, () => [])
  }

  async #tell(event: RestartEvent, {events, output}: Pick<Flagged, 'events' | 'output'>): Promise<void> {
    if (events) return this.write(process.stdout, `${inJson(event)}\n`)
    const stream = isTable(output) ? process.stdout : process.stderr
    const line = restartEventLine(event, this.view(stream))
    if (line !== undefined && (isTable(output) || stream.isTTY)) await this.write(stream, `${line}\n`)
  }
}

interface Carrying {
  readonly flags: Flagged
  readonly signal: AbortSignal
}

async function planned(session: Session, flags: Flagged, signal: AbortSignal): Promise<RestartPlan> {
  const [{agentsOf}, {nodesWithLabels}, {liveAgentInfos}, {planRestart}] = await Promise.all([
    import('../cluster/agent-infos.ts'),
    import('../cluster/node-selector.ts'),
    import('../diagnostics/facts/live-agents.ts'),
    import('../changes/restart/plan.ts'),
  ])
  const named = agentsOf(session.infos, listOf(flags.nodes))
  const {selector} = flags
  const labelled = selector === undefined ? undefined : await nodesWithLabels(session.cluster.api, selector, {signal})
  const infos = labelled === undefined ? named : named.filter((info) => labelled.includes(nodeOf(info)))
  if (infos.length === 0) throw new AntctlError('NODE_UNKNOWN', 'no agent reports from a Node with these labels')
  const {failures} = await liveAgentInfos({...session, infos})
  return planRestart({infos, silent: failures}, whatOf(flags))
}

function whatOf({ovs}: Pick<Flagged, 'ovs'>): Restarted {
  return ovs ? 'switch' : 'agent'
}
