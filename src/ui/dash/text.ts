import {printable} from '../printable.ts'
import {fold} from '../fold.ts'
import type {Body, Room} from './layout.ts'
import type {TextPlace} from './place.ts'

/** Text as it is, folded to the screen. */
export function textBody({title, lines, top}: TextPlace, {theme, width}: Room): Body {
  return {lines: [theme.heading(printable(title)), ...lines.flatMap((line) => fold(printable(line), width))], top}
}
