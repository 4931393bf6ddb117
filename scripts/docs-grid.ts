/** Rows of a table in Markdown. */
export function grid(heads: readonly string[], rows: readonly (readonly (string | number)[])[]): readonly string[] {
  return [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.map(cell).join(' | ')} |`)
}

function cell(text: string | number): string {
  return String(text).replaceAll('|', '\\|')
}
