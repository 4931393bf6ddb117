import type {Change, Journal} from '../../model/change.ts'

/** "hybrid", or "noEncap without SNAT" where that changes. */
export function targetWords({from, to, noSNAT}: Change['plan'], direction: Journal['direction']): string {
  const [mode, bare] = direction === 'forward' ? [to, noSNAT.to] : [from, noSNAT.from]
  return noSNAT.from === noSNAT.to ? mode : `${mode} ${bare ? 'without' : 'with'} SNAT`
}
