import {pathKinds} from '../../model/path.ts'
import {nodesIn} from '../../model/pair-group.ts'
import type {ModePlan} from '../../changes/set-mode/mode-plan.ts'
import {paintPath} from '../path-columns.ts'
import {printable} from '../printable.ts'
import {fit, stringWidth} from '../width.ts'
import type {Room} from './layout.ts'

/** More Nodes than this are told of in words only, by what they have in common. */
const mostNodes = 16
/** "T═▶R─ " */
const cell = 6

/** Which pairs change, and from what to what; a dot is a pair that stays. Nothing where there is no room for it. */
export function planPicture({nodes, pairs, done}: ModePlan, {theme, width}: Room): readonly string[] {
  const names = nodes.map(({node}) => node)
  const labels = Math.min(20, Math.max(0, ...names.map((name) => stringWidth(printable(name))))) + 2
  if (done || pairs.changed === 0 || names.length > mostNodes || labels + names.length * cell > width) return []
  const changes = new Map(
    pairs.groups
      .filter(({family}) => family === pairs.groups[0]?.family)
      .flatMap((group) =>
        group.from.flatMap((from) => nodesIn(group.to, names).map((to) => [`${from} ${to}`, group] as const)),
      ),
  )
  const label = (name: string) => {
    const text = fit(printable(name), labels - 2)
    return text + ' '.repeat(labels - stringWidth(text))
  }
  return [
    theme.faint(' '.repeat(labels) + names.map((name) => fit(printable(name), cell - 1).padEnd(cell)).join('')),
    ...names.map((from) => {
      const cells = names.map((to) => {
        const change = from === to ? undefined : changes.get(`${from} ${to}`)
        if (change === undefined) return theme.faint('·'.padEnd(cell))
        const [was, becomes] = [pathKinds[change.was], pathKinds[change.becomes]]
        const text = `${was.letter}${was.shape}▶${becomes.letter}${becomes.shape}`
        return paintPath(change.becomes, theme)(text.padEnd(cell))
      })
      return `${label(from)}${cells.join('')}`
    }),
    '',
  ]
}
