import type {Comparison, Filter, Operand, Path, Slice, Step, Template} from './parse.ts'

/** The text of a template for a value; a field that is not there is no error, as with kubectl get. */
export function fillTemplate(template: Template, value: unknown): string {
  return template
    .map((piece) => {
      switch (piece.kind) {
        case 'text':
          return piece.text
        case 'path':
          return valuesAt(piece.path, value).map(textOf).join(' ')
        case 'range':
          return valuesAt(piece.path, value)
            .map((one) => fillTemplate(piece.body, one))
            .join('')
      }
    })
    .join('')
}

/** The values that a path leads to. */
export function valuesAt(path: Path, value: unknown): readonly unknown[] {
  return path.reduce<readonly unknown[]>((values, step) => values.flatMap((one) => follow(step, one)), [value])
}

/** As kubectl prints a value: text as it is, anything with parts as JSON. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}

function follow(step: Step, value: unknown): readonly unknown[] {
  switch (step.kind) {
    case 'each':
      return childrenOf(value)
    case 'fields':
      return step.names.length === 0 ? [value] : step.names.flatMap((name) => fieldOf(value, name))
    case 'slices':
      return Array.isArray(value) ? step.slices.flatMap((slice) => sliceOf(value, slice)) : []
    case 'descend':
      return descendantsOf(value).flatMap((one) => follow(step.step, one))
    case 'filter':
      return childrenOf(value).filter((one) => passes(step.filter, one))
  }
}

function fieldOf(value: unknown, name: string): readonly unknown[] {
  // kubectl's lists have their rows in "items": who is used to that finds them there.
  if (Array.isArray(value)) return name === 'items' ? [value] : []
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => (key === name ? [inner] : []))
}

function childrenOf(value: unknown): readonly unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value) : []
}

function descendantsOf(value: unknown): readonly unknown[] {
  return [value, ...childrenOf(value).flatMap(descendantsOf)]
}

function sliceOf(values: readonly unknown[], slice: Slice): readonly unknown[] {
  if (slice.kind === 'single') {
    const at = slice.at < 0 ? values.length + slice.at : slice.at
    return at in values ? [values[at]] : []
  }
  return values.slice(slice.from, slice.to).filter((_value, at) => at % slice.step === 0)
}

function passes({left, compare}: Filter, value: unknown): boolean {
  const [first, ...others] = operandValues(left, value)
  if (compare === undefined) return first !== undefined || others.length > 0
  const [second] = operandValues(compare.right, value)
  return first !== undefined && second !== undefined && compares(compare.by, first, second)
}

function operandValues(operand: Operand, value: unknown): readonly unknown[] {
  return operand.kind === 'value' ? [operand.value] : valuesAt(operand.path, value)
}

function compares(by: Comparison, left: unknown, right: unknown): boolean {
  const order =
    typeof left === 'number' && typeof right === 'number' ? left - right : orderOf(textOf(left), textOf(right))
  switch (by) {
    case '==':
      return order === 0
    case '!=':
      return order !== 0
    case '<':
      return order < 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    case '>=':
      return order >= 0
  }
}

function orderOf(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}
