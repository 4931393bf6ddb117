import type {Session} from '../../cluster/session.ts'
import type {FlowsFound} from '../../diagnostics/flows/look.ts'
import type {ListName} from '../../ui/dash/lists.ts'
import {type Sheet, sheetOf} from '../../ui/dash/sheet.ts'
import type {Asking} from './feeds.ts'

/** Events of one Node that are asked for. */
const shownEvents = 200

/** What the get commands list, each by the reader of its command. */
export function openSheets({session, signal}: Asking): Readonly<Record<ListName, () => Promise<Sheet>>> {
  const last: Partial<Record<ListName, Sheet>> = {}
  let lookAgain: ((at: {readonly session: Session; readonly signal: AbortSignal}) => Promise<FlowsFound>) | undefined
  const kept = (list: ListName, sheet: Sheet) => (last[list] = sheet)
  return {
    flows: async () => {
      const [{lookAtFlows}, {flowColumns}] = await Promise.all([
        import('../../diagnostics/flows/look.ts'),
        import('../../ui/flow-view.ts'),
      ])
      lookAgain ??= lookAtFlows({tables: [], watch: true, drift: false, hit: false})
      const {rows, failures} = await lookAgain({session: await session(), signal})
      return kept('flows', sheetOf({rows, failures, columns: flowColumns}, last.flows))
    },
    routes: async () => {
      const [now, {gatherRoutes}, {routeColumns}] = await Promise.all([
        session(),
        import('../../diagnostics/facts/routes.ts'),
        import('../../ui/node-tables.ts'),
      ])
      const {rows, failures} = await gatherRoutes({session: now, signal})
      return kept('routes', sheetOf({rows, failures, columns: routeColumns, name: ({to}) => to}, last.routes))
    },
    pods: async () => {
      const [now, {askPodInterfaces}, {rowsOfEachNode}, {podInterfaceColumns}] = await Promise.all([
        session(),
        import('../../cluster/agent-answers.ts'),
        import('../../diagnostics/facts/each-node.ts'),
        import('../../ui/pod-table.ts'),
      ])
      const found = await rowsOfEachNode({session: now, signal}, (node) => askPodInterfaces(now.roads, node))
      const name = (row: {readonly podNamespace: string; readonly name: string}) => `${row.podNamespace}/${row.name}`
      return kept('pods', sheetOf({...found, columns: podInterfaceColumns, name}, last.pods))
    },
    events: async () => {
      const [now, {askEvents}, {rowsOfOwnAgents}, {eventColumns}] = await Promise.all([
        session(),
        import('../../cluster/own-answers.ts'),
        import('../../diagnostics/facts/own-agents.ts'),
        import('../../ui/node-tables.ts'),
      ])
      const missing = {what: 'what they saw', instead: 'kubectl -n kube-system logs POD -c antrea-agent'}
      const {rows, failures} = await rowsOfOwnAgents({session: now, signal}, missing, (node) =>
        askEvents(now.roads, node, shownEvents),
      )
      const inOrder = rows.toSorted((a, b) => (a.time < b.time ? -1 : 1))
      return kept('events', sheetOf({rows: inOrder, failures, columns: eventColumns}, last.events))
    },
  }
}
