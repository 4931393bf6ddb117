import {describe, expect, test} from 'vitest'
import {fillTemplate} from '../../src/ui/jsonpath/evaluate.ts'
import {parseRelaxedPath, parseTemplate} from '../../src/ui/jsonpath/parse.ts'

const pod = {
  kind: 'Pod',
  metadata: {labels: {'a.b/c': 'dotted', app: 'shop'}, name: 'web'},
  spec: {
    containers: [
      {image: 'a', name: 'one', ports: [{containerPort: 80}, {containerPort: 443}]},
      {image: 'b', name: 'two'},
      {image: 'c', name: 'three'},
    ],
    hostNetwork: true,
    priority: 7,
  },
}
const fill = (template: string, value: unknown = pod) => fillTemplate(parseTemplate(template), value)

describe('as kubectl 1.34 fills them', () => {
  test.each([
    ['{.metadata.name}', 'web'],
    ['{$.metadata.name}', 'web'],
    ['{@.metadata.name}', 'web'],
    ["{.metadata['name','labels']}", 'web {"a.b/c":"dotted","app":"shop"}'],
    [String.raw`{.metadata.labels.a\.b/c}`, 'dotted'],
    ['{.spec.containers[*].name}', 'one two three'],
    ['{.spec.containers[0].name}', 'one'],
    ['{.spec.containers[-1].name}', 'three'],
    ['{.spec.containers[0:2].name}', 'one two'],
    ['{.spec.containers[::2].name}', 'one three'],
    ['{.spec.containers[1:].name}', 'two three'],
    ['{.spec.containers[:-1].name}', 'one two'],
    ['{.spec.containers[0,2].name}', 'one three'],
    ['{..containerPort}', '80 443'],
    ['{..name}', 'web one two three'],
    ['{.spec.containers..name}', 'one two three'],
    ['{.spec.containers[?(@.name=="two")].image}', 'b'],
    ["{.spec.containers[?(@.name=='two')].image}", 'b'],
    ['{.spec.containers[?(.name=="two")].image}', 'b'],
    ['{.spec.containers[?(@.name!="two")].name}', 'one three'],
    ['{.spec.containers[?(@.ports)].name}', 'one'],
    ['{.spec.containers[?(@.ports[0].containerPort>80)].name}', ''],
    ['{.spec.containers[?(@.ports[0].containerPort >= 80)].name}', 'one'],
    [String.raw`{range .spec.containers[*]}{.name}{"\t"}{.image}{"\n"}{end}`, 'one\ta\ntwo\tb\nthree\tc\n'],
    ['{range .spec.containers[*]}[{.name}{range .ports[*]} {.containerPort}{end}]{end}', '[one 80 443][two][three]'],
    ['{range .spec.containers[*]}{$.kind}{@.name},{end}', 'one,two,three,'],
    ['x{.kind}y', 'xPody'],
    ['{"a"}{.kind}', 'aPod'],
    ['{.nothing.here}', ''],
    ['{.spec.containers[0].ports}', '[{"containerPort":80},{"containerPort":443}]'],
    ['{.spec.hostNetwork} {.spec.priority}', 'true 7'],
    ['{.metadata.*}', '{"a.b/c":"dotted","app":"shop"} web'],
    ['plain', 'plain'],
  ])('%s', (template, text) => {
    expect(fill(template)).toBe(text)
  })
})

test('rows of a list by themselves, and by the name that lists have at kubectl', () => {
  const rows = [{node: 'n1'}, {node: 'n2'}]
  expect(fill('{[*].node}', rows)).toBe('n1 n2')
  expect(fill('{.items[*].node}', rows)).toBe('n1 n2')
  expect(fill('{range .items[*]}{.node};{end}', rows)).toBe('n1;n2;')
})

test.each([
  ['{', /a path must begin/u],
  ['{.metadata.name}{end}', /no \{range\}/u],
  ['{range .spec.containers[*]}', /no \{end\}/u],
  ['{.spec[', /index is missing/u],
  ['{.spec[1}', /\] is missing/u],
  ['{.a[?(@.b=="c"]}', /\) is missing/u],
  ['{"open', /closing quote/u],
  ['{.a[::0]}', /above 0/u],
  ['{name}', /must begin, with a dot/u],
  ['{range .a}'.repeat(50), /deeper/u],
])('%s is refused, with the place', (template, sentence) => {
  expect(() => parseTemplate(template)).toThrow(sentence)
})

test('a prototype is no field', () => {
  expect(fill('{.constructor}{.__proto__}{.metadata.toString}')).toBe('')
})

test.each(['.spec.priority', 'spec.priority', '{.spec.priority}'])('--sort-by takes %s', (source) => {
  expect(fillTemplate([{kind: 'path', path: parseRelaxedPath(source)}], pod)).toBe('7')
})
