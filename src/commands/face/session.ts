import type {LastingSession, Session} from '../../cluster/session.ts'

/** Questions that come at the same time share one look at who there is. */
const shared = 4_500

/** The agents as they are now, for whoever asks. */
export function sharedSession(lasting: LastingSession): () => Promise<Session> {
  let last: {readonly session: Promise<Session>; readonly at: number} | undefined
  let settled = true
  return () => {
    if (last !== undefined && (!settled || Date.now() - last.at < shared)) return last.session
    settled = false
    const session = lasting.now().finally(() => (settled = true))
    last = {session, at: Date.now()}
    return session
  }
}
