/** Loads what nearly every command loads before it has an answer to show. */
export async function preload(): Promise<void> {
  for (const name of slowBuiltins) process.getBuiltinModule(name)
  await Promise.all([
    import('../cluster/connect.ts'),
    import('../cluster/kubeconfig.ts'),
    import('../cluster/agent-infos.ts'),
    import('../diagnostics/paths/remarks.ts'),
    import('../cluster/session.ts'),
    import('../cluster/road-websocket.ts'),
    import('../diagnostics/facts/trace-sources.ts'),
    import('../diagnostics/flows/tables.ts'),
    import('../diagnostics/trace/ask-ahead.ts'),
    import('../diagnostics/trace/locate.ts'),
    import('../diagnostics/trace/trace-packet.ts'),
    import('../ui/agent-table.ts'),
    import('../ui/table.ts'),
    import('../ui/trace-view.ts'),
  ])
}

/** What Node can keep in a snapshot of all that node:https and node:tls load, which it cannot keep. */
const slowBuiltins = ['node:crypto', 'node:net', 'node:dns', 'node:zlib', 'node:url', 'node:stream'] as const
