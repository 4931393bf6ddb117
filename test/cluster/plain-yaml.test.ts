import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {parse, stringify} from 'yaml'
import {readPlainYaml} from '../../src/cluster/plain-yaml.ts'

const ofKubectl = `apiVersion: v1
kind: Config
clusters:
- cluster:
    certificate-authority-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t==
    server: https://172.31.1.1:6443
  name: lab
# a remark
contexts:
  - context:
      cluster: lab
      user: "some one"
    name: admin@lab
current-context: admin@lab
preferences: {}
users: []
extensions:
`

describe('what kubectl writes', () => {
  test('is read as the whole parser reads it', () => {
    expect(readPlainYaml(ofKubectl)).toEqual(parse(ofKubectl))
  })
  test.each([
    'a: 1',
    'a: 0x10',
    'a: 1e3',
    'a: yes',
    'a: Null',
    'a: ~',
    'a: .inf',
    'a: 2020-01-01',
    "a: 'quoted'",
    'a: "with \\n"',
    'a: word # remark',
    'a: two words',
    'a: &anchor word',
    'a: *alias',
    'a: !!str word',
    'a: [b]',
    'a: {b: c}',
    'a: |\n  text',
    'a: word\n  goes on',
    'a: b: c',
    'a:\n    b: c\n  d: e',
    'a: b\na: c',
    '__proto__: a',
    '<<: a',
    '? a',
    '- - a',
    '---\na: b',
    '\ta: b',
    'a: b\r\n',
    'a',
    `${Array.from({length: 200}, (_, at) => `${' '.repeat(at)}a:`).join('\n')} b`,
  ])('%j is left to the whole parser', (source) => {
    expect(readPlainYaml(source)).toBeUndefined()
  })
})

const key = fc.stringMatching(/^[A-Za-z][\w./-]{0,8}$/u).filter((name) => name !== '__proto__')
const scalar = fc.oneof(
  fc.string(),
  fc.stringMatching(/^[A-Za-z/][\w/+=.@:-]{0,12}$/u),
  fc.boolean(),
  fc.integer(),
  fc.constantFrom('yes', 'null', 'No', '', '~', 'a: b', 'a #b', '- a', '{}', '1.5'),
  fc.constant(null),
)
const {tree} = fc.letrec((tie) => ({
  tree: fc.oneof({depthSize: 'small'}, scalar, fc.array(tie('tree')), fc.dictionary(key, tie('tree'))),
}))

test('whatever is read means what it means to the whole parser', () => {
  const property = fc.property(fc.dictionary(key, tree), fc.boolean(), (value, indentSeq) => {
    const source = stringify(value, {indentSeq})
    const whole: unknown = parse(source)
    expect(readPlainYaml(source) ?? whole).toEqual(whole)
  })
  fc.assert(property, {numRuns: 200})
})

test('lists and mappings of plain words are always read', () => {
  const word = fc.stringMatching(/^[a-m][\w/+=.@-]{0,12}$/u).map((text) => `w${text}`)
  const row = fc.dictionary(key, fc.oneof(word, fc.dictionary(key, word)), {minKeys: 1})
  const property = fc.property(fc.dictionary(key, fc.array(row), {minKeys: 1}), fc.boolean(), (value, indentSeq) => {
    expect(readPlainYaml(stringify(value, {indentSeq}))).toEqual(value)
  })
  fc.assert(property)
})

test('so does whatever is made of its own lines', () => {
  const line = fc.tuple(
    fc.integer({min: 0, max: 6}),
    fc.constantFrom(
      'a:',
      'b: c',
      '- a',
      '- a: b',
      '-',
      'word',
      'c: "d"',
      'd: {}',
      '- {}',
      'e: []',
      '# f',
      'g:  h',
      '-  a: b',
    ),
  )
  const property = fc.property(fc.array(line, {minLength: 1, maxLength: 8}), (lines) => {
    const source = lines.map(([indent, words]) => `${' '.repeat(indent)}${words}\n`).join('')
    const plain = readPlainYaml(source)
    // The whole parser throws at what ours must not have read.
    expect(plain === undefined ? undefined : parse(source)).toEqual(plain)
  })
  fc.assert(property, {numRuns: 1_000})
})
