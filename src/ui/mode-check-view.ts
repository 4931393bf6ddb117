import type {ModeCheck} from '../diagnostics/mode/check.ts'
import type {ModeAnswer} from '../diagnostics/mode/judge.ts'
import {modeQuestionNames, modeQuestions} from '../model/mode-question.ts'
import {fold} from './fold.ts'
import {junitText} from './junit.ts'
import {printable} from './printable.ts'
import {type Column, tableLines} from './table.ts'
import type {View} from './view.ts'

/** Troubles that are told in full; the JSON and the JUnit file have all. */
const shown = 20

interface Row {
  readonly node: string
  readonly answers: ReadonlyMap<string, ModeAnswer>
}

const columns: readonly Column<Row>[] = [
  {title: 'NODE', value: ({node}) => node},
  ...modeQuestionNames.map((question): Column<Row> => ({
    title: question.toUpperCase(),
    value: ({answers}) => answers.get(question)?.result,
    paint: ({answers}, theme) =>
      ({ok: theme.good, failed: theme.bad, unknown: theme.warn})[resultIn(answers, question)],
  })),
]

/** A row a Node, then what is wrong in full, then the verdict. */
export function modeCheckLines(check: ModeCheck, view: View): readonly string[] {
  const {theme, width} = view
  const rows = check.nodes.map((node) => ({
    node,
    answers: new Map(check.answers.filter((each) => each.node === node).map((each) => [each.question, each])),
  }))
  const troubles = troublesOf(check)
  const {sent, lost} = check.probes
  const count = `${check.nodes.length} ${check.nodes.length === 1 ? 'Node' : 'Nodes'}`
  return [
    ...tableLines(columns, rows, view),
    '',
    ...troubles.slice(0, shown).flatMap((line) => fold(`✗ ${printable(line)}`, width).map(theme.bad)),
    ...(troubles.length > shown ? [theme.bad(`and ${troubles.length - shown} more: -o json has all`)] : []),
    check.result === 'ok'
      ? theme.good(`${count} in ${check.expected}, as it is configured; the probes lost ${lost} of ${sent}`)
      : theme.bad(`not every Node is in ${check.expected} as it must be`),
  ]
}

function troublesOf({answers, configured, expected}: ModeCheck): readonly string[] {
  return [
    ...(configured === expected ? [] : [configuredTrouble(configured)]),
    // A Node that does not answer says the same of every question.
    ...new Set(answers.flatMap(({node, result, sentence}) => (result === 'ok' ? [] : [`${node}: ${sentence}`]))),
  ]
}

function configuredTrouble(configured: string): string {
  return `ConfigMap kube-system/antrea-config says ${configured}: a Node that joins would run that`
}

/** A test case a Node and question. */
export function modeCheckJunit({answers, configured, expected}: ModeCheck): string {
  const trouble = configured === expected ? {} : {failure: configuredTrouble(configured)}
  const cases = answers.map(({node, question, result, sentence}) => ({
    group: `mode ${question}`,
    name: `${node}: ${modeQuestions[question]}`,
    ...(result === 'ok' ? {output: sentence} : result === 'failed' ? {failure: sentence} : {error: sentence}),
  }))
  const first = {group: 'mode configured', name: `ConfigMap: Does it say ${expected}?`, ...trouble}
  return junitText('antctl check mode', [first, ...cases])
}

function resultIn(answers: Row['answers'], question: string): ModeAnswer['result'] {
  return answers.get(question)?.result ?? 'unknown'
}
