/** Who listens to the kernel, so that it can tell this process's own changes of links from those of others. */
interface Listener {
  /** Hears what has come so far; `own`: without telling anybody. */
  hear(how: {readonly own: boolean}): void
}

const listeners = new Set<Listener>()
const leaving = new Set<string>()

/** Names of links that this process is taking away. */
export const leavingLinks: ReadonlySet<string> = leaving

export function listenToOwnChanges(listener: Listener): Disposable {
  listeners.add(listener)
  return {[Symbol.dispose]: () => void listeners.delete(listener)}
}

/**
 * Runs a change of links: the kernel says of most of them not who asked, but it has said everything when `act` returns.
 * What others do in the same millisecond is then found by the next comparison only.
 */
export function ownChange<T>(act: () => T): T {
  for (const listener of listeners) listener.hear({own: false})
  try {
    return act()
  } finally {
    for (const listener of listeners) listener.hear({own: true})
  }
}

/** Runs a removal of a link, which may take long. */
export async function ownRemoval(name: string, act: () => Promise<void>): Promise<void> {
  leaving.add(name)
  try {
    await act()
  } finally {
    for (const listener of listeners) listener.hear({own: false})
    leaving.delete(name)
  }
}
