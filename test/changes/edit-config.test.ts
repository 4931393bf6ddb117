import {describe, expect, test} from 'vitest'
import {editKey} from '../../src/changes/set-mode/edit-config.ts'

describe('only the one value changes, every other byte stays', () => {
  test.each([
    ['plain', 'trafficEncapMode: encap\n', 'trafficEncapMode: hybrid\n'],
    ['double quotes', 'trafficEncapMode: "encap"\n', 'trafficEncapMode: "hybrid"\n'],
    ['single quotes', "trafficEncapMode: 'encap'\n", "trafficEncapMode: 'hybrid'\n"],
    ['a comment behind it', 'trafficEncapMode: encap   # why  \n', 'trafficEncapMode: hybrid   # why  \n'],
    ['no line end', 'trafficEncapMode: encap', 'trafficEncapMode: hybrid'],
    [
      'CRLF',
      '# a\r\ntrafficEncapMode: encap\r\nnoSNAT: false\r\n',
      '# a\r\ntrafficEncapMode: hybrid\r\nnoSNAT: false\r\n',
    ],
    ['an empty value', 'trafficEncapMode:\nnoSNAT: false\n', 'trafficEncapMode: hybrid\nnoSNAT: false\n'],
    [
      'the mode in a comment above',
      '# encap is the default\ntrafficEncapMode: encap\n',
      '# encap is the default\ntrafficEncapMode: hybrid\n',
    ],
    [
      'a key of that name deeper down',
      'other:\n  trafficEncapMode: encap\ntrafficEncapMode: encap\n',
      'other:\n  trafficEncapMode: encap\ntrafficEncapMode: hybrid\n',
    ],
    ['a document marker', '---\ntrafficEncapMode: encap\n', '---\ntrafficEncapMode: hybrid\n'],
    ['a flow mapping', '{trafficEncapMode: encap, noSNAT: false}\n', '{trafficEncapMode: hybrid, noSNAT: false}\n'],
  ])('%s', (_name, before, after) => {
    expect(editKey(before, {key: 'trafficEncapMode', value: 'hybrid'})).toBe(after)
  })
})

describe('an absent key is written', () => {
  test.each([
    [
      'below its commented-out line',
      '# The mode.\n#trafficEncapMode: "encap"\n\nnoSNAT: false\n',
      '# The mode.\n#trafficEncapMode: "encap"\ntrafficEncapMode: hybrid\n\nnoSNAT: false\n',
    ],
    [
      'with CRLF',
      '#trafficEncapMode: encap\r\nnoSNAT: false\r\n',
      '#trafficEncapMode: encap\r\ntrafficEncapMode: hybrid\r\nnoSNAT: false\r\n',
    ],
    ['at the end', 'noSNAT: false\n', 'noSNAT: false\ntrafficEncapMode: hybrid\n'],
    ['at the end of a last line without an end', 'noSNAT: false', 'noSNAT: false\ntrafficEncapMode: hybrid\n'],
    ['into nothing', '', 'trafficEncapMode: hybrid\n'],
    ['into comments alone', '# nothing set\n', '# nothing set\ntrafficEncapMode: hybrid\n'],
    [
      'at the end, when the comment stands inside another key',
      'antreaProxy:\n#trafficEncapMode: encap\n  enable: false\n',
      'antreaProxy:\n#trafficEncapMode: encap\n  enable: false\ntrafficEncapMode: hybrid\n',
    ],
  ])('%s', (_name, before, after) => {
    expect(editKey(before, {key: 'trafficEncapMode', value: 'hybrid'})).toBe(after)
  })
})

test.each([
  ['broken YAML', 'a: [1\n'],
  ['the key twice', 'trafficEncapMode: encap\ntrafficEncapMode: encap\n'],
  ['a flow mapping without the key', '{noSNAT: false}\n'],
  ['an alias', 'a: &mode encap\ntrafficEncapMode: *mode\n'],
  ['a list', '- a\n'],
])('%s is refused, not guessed at', (_name, source) => {
  expect(() => editKey(source, {key: 'trafficEncapMode', value: 'hybrid'})).toThrow(
    expect.objectContaining({code: 'CONFIG_INVALID'}),
  )
})

test.each([
  ['changed', 'noSNAT: false # why\n', 'noSNAT: true # why\n'],
  ['changed, as large letters', 'noSNAT: False\n', 'noSNAT: true\n'],
  [
    'below its commented-out line',
    '#noSNAT: false\ntrafficEncapMode: noEncap\n',
    '#noSNAT: false\nnoSNAT: true\ntrafficEncapMode: noEncap\n',
  ],
  ['at the end', 'trafficEncapMode: noEncap\n', 'trafficEncapMode: noEncap\nnoSNAT: true\n'],
])('noSNAT is %s', (_, before, after) => {
  expect(editKey(before, {key: 'noSNAT', value: true})).toBe(after)
})
