import type {KernelPart} from '../datapath/machine/kernel-news.ts'
import type {Part} from '../datapath/plan/compare.ts'
import type {ForeignFlowChange} from '../datapath/openflow/connection.ts'
import type {Datapath, Found} from './datapath.ts'
import type {EventLog} from './events.ts'
import {Pace} from './pace.ts'

export interface ForeignParts {
  readonly datapath: () => Pick<Datapath, 'suspect' | 'suspectFlow' | 'refreshNeighbours'> | undefined
  /** Asks for a pass. */
  readonly request: () => Promise<void>
  readonly events: EventLog
  /** What people should know while somebody keeps changing what is ours; undefined when it is over. */
  readonly tell: (contested: string | undefined) => void
}

/** A device that is new or another may need its guard and its settings; its routes go and come with it. */
const suspects: Readonly<Record<Exclude<KernelPart, 'neighbours'>, readonly Part[]>> = {
  routes: ['routes'],
  links: ['nft', 'settings', 'routes'],
  settings: ['settings'],
  nft: ['nft'],
}
/** Milliseconds between two looks at the neighbours: their table moves by itself. */
const neighbourPause = 500

/** Looks after what somebody else changes: soon, but not at the speed of who does it again and again. */
export class Foreign {
  readonly #parts: ForeignParts
  readonly #pace = new Pace<Part>()
  readonly #timers = new Map<Part | 'neighbours', NodeJS.Timeout>()
  #contested: readonly Part[] = []

  constructor(parts: ForeignParts) {
    this.#parts = parts
  }

  sawFlow(change: ForeignFlowChange): void {
    if (this.#parts.datapath()?.suspectFlow(change) === true) this.#soon('flows', [])
  }

  sawKernel(part: KernelPart): void {
    if (part !== 'neighbours') {
      for (const suspected of suspects[part]) this.#soon(suspected, [suspected])
      return
    }
    this.#after('neighbours', neighbourPause, () => {
      void this.#parts
        .datapath()
        ?.refreshNeighbours()
        .catch(() => undefined)
    })
  }

  /** After each pass. */
  passed(repaired: Found | undefined): void {
    const now = performance.now()
    for (const part of repaired?.parts ?? []) this.#pace.repaired(part, now)
    if (repaired !== undefined) this.#parts.events.add('repair', describeRepair(repaired), {total: repaired.total})
    const contested = this.#pace.contested(now)
    if (contested.join() === this.#contested.join()) return
    this.#contested = contested
    const sentence =
      contested.length === 0
        ? undefined
        : `somebody keeps changing our ${contested.join(' and ')}: repairs are spaced out`
    if (sentence !== undefined) this.#parts.events.add('contest', sentence)
    this.#parts.tell(sentence)
  }

  stop(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
  }

  #soon(part: Part, suspected: readonly Part[]): void {
    this.#after(part, this.#pace.delay(part, performance.now()), () => {
      this.#parts.datapath()?.suspect(suspected)
      // Who runs the passes tells of the ones that fail.
      void this.#parts.request().catch(() => undefined)
    })
  }

  /** Once, however often it is asked for meanwhile. */
  #after(what: Part | 'neighbours', milliseconds: number, act: () => void): void {
    if (this.#timers.has(what)) return
    const run = (): void => {
      this.#timers.delete(what)
      act()
    }
    this.#timers.set(what, setTimeout(run, milliseconds).unref())
  }
}

function describeRepair({total, deviations}: Found): string {
  const [first] = deviations
  const more = total > 1 ? ` and ${total - 1} more` : ''
  return `repaired what somebody else had changed: ${first?.kind} ${first?.problem}: ${first?.what}${more}`
}
