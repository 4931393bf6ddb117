import {printable} from './printable.ts'

export interface JunitCase {
  readonly group: string
  readonly name: string
  /** It failed, or (error) nothing could be said; neither: it passed. */
  readonly failure?: string
  readonly error?: string
  readonly output?: string
}

/** JUnit's XML, as CI systems read it. */
export function junitText(suite: string, cases: readonly JunitCase[]): string {
  const failures = cases.filter(({failure}) => failure !== undefined).length
  const errors = cases.filter(({error}) => error !== undefined).length
  const head = `<testsuite name="${xml(suite)}" tests="${cases.length}" failures="${failures}" errors="${errors}">`
  return ['<?xml version="1.0" encoding="UTF-8"?>', head, ...cases.map(caseText), '</testsuite>', ''].join('\n')
}

function caseText({group, name, failure, error, output}: JunitCase): string {
  const inside = [
    ...(failure === undefined ? [] : [`<failure message="${xml(failure)}"/>`]),
    ...(error === undefined ? [] : [`<error message="${xml(error)}"/>`]),
    ...(output === undefined ? [] : [`<system-out>${xml(output)}</system-out>`]),
  ]
  return `  <testcase classname="${xml(group)}" name="${xml(name)}">${inside.join('')}</testcase>`
}

function xml(text: string): string {
  const entities: Readonly<Record<string, string>> = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;'}
  return printable(text).replaceAll(/[&<>"]/gu, (character) => entities[character] ?? character)
}
