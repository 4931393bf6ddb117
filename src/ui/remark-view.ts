import type {Remark} from '../diagnostics/paths/remarks.ts'
import {fold} from './fold.ts'
import {printable} from './printable.ts'
import type {View} from './view.ts'

/** A thousand Nodes may have the same trouble. */
const shown = 5

export function remarkLines(remarks: readonly Remark[], view: View): string[] {
  const rest = remarks.length - shown
  return [
    ...remarks
      .slice(0, shown)
      .flatMap(({sentence, remedy}) => [
        ...fold(`! ${printable(sentence)}`, view.width).map(view.theme.warn),
        ...(remedy === undefined ? [] : fold(`  ${printable(remedy)}`, view.width).map(view.theme.faint)),
      ]),
    ...(rest > 0 ? [view.theme.faint(`and ${rest} more`)] : []),
  ]
}
