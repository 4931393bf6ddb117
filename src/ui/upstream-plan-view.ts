import type {UpstreamPart} from '../changes/set-mode/mode-plan.ts'
import {fold} from './fold.ts'
import {printable} from './printable.ts'
import type {View} from './view.ts'

const shown = 12

/** What a plan says on a cluster of upstream's beside all else. */
export function upstreamLines(part: UpstreamPart, view: View): string[] {
  const {theme, width} = view
  const {via, unproven, staleRoutes, removeStaleRoutes, staleMtu} = part
  const routes = staleRoutes.flatMap(({node, commands}) => commands.map((command) => `on ${node}: ${command}`))
  const said = removeStaleRoutes ? 'are taken away as soon as its Node has changed' : 'stay, and lose what they take'
  return [
    ...(via === undefined
      ? []
      : fold(
          `All Nodes run ${via} in between: in the modes before and after they would not reach each other meanwhile.`,
          width,
        )),
    ...fold(
      "The agents are upstream's: the ConfigMap is patched, and each Node's agent starts anew, one after the other.",
      width,
    ),
    ...(routes.length === 0
      ? []
      : fold(`! routes into the tunnel that upstream leaves behind ${said}:`, width).map(theme.warn)),
    ...listed(routes, view),
    ...(staleMtu.length === 0
      ? []
      : fold(
          '! these Pods keep sending larger packets than the new way takes; restart them afterwards, in this order:',
          width,
        ).map(theme.warn)),
    ...listed(
      staleMtu.map(({pods, command}) => `${command}  (${pods.length === 1 ? pods[0] : `${pods.length} Pods`})`),
      view,
    ),
    ...unproven.flatMap((sentence) => fold(`? ${sentence}`, width)).map(theme.faint),
  ]
}

function listed(lines: readonly string[], {theme}: View): string[] {
  const rest = lines.length - shown
  return [
    ...lines.slice(0, shown).map((line) => theme.faint(`  ${printable(line)}`)),
    ...(rest > 0 ? [theme.faint(`  and ${rest} more (-o json has them all)`)] : []),
  ]
}
