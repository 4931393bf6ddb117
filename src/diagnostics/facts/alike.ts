/** What several Nodes say alike is one row with its Nodes. */
export function groupAlike<Row extends object>(
  answers: readonly {readonly node: string; readonly answer: readonly Row[]}[],
): readonly (Row & {readonly nodes: readonly string[]})[] {
  const groups = new Map<string, {readonly row: Row; readonly nodes: string[]}>()
  for (const {node, answer} of answers) {
    for (const row of answer) {
      const key = JSON.stringify(row)
      const group = groups.get(key) ?? {row, nodes: []}
      group.nodes.push(node)
      groups.set(key, group)
    }
  }
  return [...groups.values()].map(({row, nodes}) => ({...row, nodes}))
}
