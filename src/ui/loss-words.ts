import type {Theme} from './theme.ts'

export function inMs(milliseconds: number | undefined, digits = 1): string | undefined {
  return milliseconds === undefined ? undefined : `${milliseconds.toFixed(digits)} ms`
}

export function lostPaint(lost: number | undefined, theme: Theme): Theme['bad'] | undefined {
  return (lost ?? 0) > 0 ? theme.bad : undefined
}
