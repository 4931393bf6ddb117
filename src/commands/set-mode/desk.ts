import type {ChangeEvent} from '../../model/change-event.ts'
import {AntctlError} from '../../model/errors.ts'
import type {Session} from '../../cluster/session.ts'
import type {LiveCluster} from '../../changes/engine/live-cluster.ts'
import type {View} from '../../ui/view.ts'
import type {SetModeFlags} from '../set-mode.ts'

/** What each deed of set-mode has at hand: what was asked, the cluster, and the way to whoever asked. */
export interface Desk {
  readonly flags: SetModeFlags
  readonly session: Session
  readonly cluster: LiveCluster
  readonly signal: AbortSignal
  show(value: unknown, lines: (view: View) => readonly string[]): Promise<void>
  /** What a person is to read before the question; a program sees nothing of it. */
  page(lines: (view: View) => readonly string[]): Promise<void>
  confirm(question: string, refused: AntctlError): Promise<void>
  progress(text: string): void
  /** The work, or Ctrl-C's error: for what leaves nothing behind. */
  within<Result>(work: Promise<Result>): Promise<Result>
  watched(work: (tell: (event: ChangeEvent) => void) => Promise<void>): Promise<void>
}

export function notConfirmed(command: string): AntctlError {
  return new AntctlError('NOT_CONFIRMED', 'nothing was changed: the plan was not confirmed', {
    remedy: [`${command} --dry-run`, `${command} --yes`],
  })
}
