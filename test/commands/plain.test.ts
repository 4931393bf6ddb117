import {isDeepStrictEqual} from 'node:util'
import {Flags as OclifFlags} from '@oclif/core'
import {parse} from '@oclif/core/parser'
import fc from 'fast-check'
import {expect, test} from 'vitest'
import {commandOf} from '../../src/commands/command-id.ts'
import {commands} from '../../src/commands/index.ts'
import {Flags} from '../../src/commands/plain/oclif.ts'
import {type Line, readLine} from '../../src/commands/plain/read-line.ts'
import {type Flag, NotPlain, type Tables} from '../../src/commands/plain/tables.ts'

type Loaded = Awaited<ReturnType<(typeof commands)[keyof typeof commands]>>

/** As oclif reads it; undefined: it has something to say instead. */
async function byOclif(words: readonly string[], {args, strict, flags, baseFlags}: Loaded): Promise<Line | undefined> {
  try {
    const read = await parse([...words], {args, strict, flags: {...baseFlags, ...flags}})
    return {args: read.args, argv: read.argv, flags: read.flags}
  } catch {
    return undefined
  }
}

/** As the shipped antctl reads it; undefined: it leaves it to oclif. */
async function plainly(words: readonly string[], tables: Tables): Promise<Line | undefined> {
  try {
    return await readLine(words, tables)
  } catch (error) {
    if (error instanceof NotPlain) return undefined
    throw error
  }
}

/** Words about the command's own flags, right and wrong. */
function wordsFor({flags, baseFlags}: Loaded): fc.Arbitrary<string[]> {
  const known = Object.entries({...baseFlags, ...flags}).flatMap(([name, {char}]) => [
    `--${name}`,
    `--no-${name}`,
    `--${name}=n1`,
    `--${name}=3`,
    ...(char === undefined ? [] : [`-${char}`, `-${char}n1`]),
  ])
  const texts = [
    'n1',
    'n2',
    'json',
    'default/a',
    '3',
    '-1',
    '30s',
    '',
    '-',
    '--',
    'live',
    'encap',
    '4',
    'first',
    '--help',
  ]
  const needed = Object.entries({...baseFlags, ...flags}).flatMap(([name, flag]) =>
    'required' in flag && flag.required === true ? [`--${name}`, 'n1'] : [],
  )
  const more = fc.array(fc.oneof(fc.constantFrom(...known), fc.constantFrom(...texts)), {maxLength: 6})
  return more.chain((words) => fc.constantFrom([...needed, ...words], words))
}

test.each(Object.entries(commands))('%s: a line that is read plainly is read as by oclif', async (_id, load) => {
  const command = await load()
  const isAlike = async (words: readonly string[]) => {
    const line = await plainly(words, command)
    return line === undefined || isDeepStrictEqual(line, await byOclif(words, command))
  }
  const {counterexample} = await fc.check(fc.asyncProperty(wordsFor(command), isAlike), {numRuns: 300})
  expect(counterexample).toBeNull()
})

test.each([
  'get agentinfo',
  'get agentinfo n1 n3 --live -o yaml',
  'get agentinfo -w --interval 1s --timeout=5s --sort-by NODE --no-headers',
  'get ovsflows --nodes n1,n2 --nodes n3 --no-tunnelled',
  'get podinterface client -o jsonpath={[*].name}',
  'trace-packet -S default/a -D default/b -f tcp,tcp_dst=80 --endpoints all --live-traffic',
  'trace-packet -F 6 -S n1 -D n2',
  'set-mode hybrid --yes --canary 1 --no-snat',
  'check mode --expect encap --seconds 5',
  'packetcapture -S a/b -D c/d -n 3 -o /tmp',
  'version -o json',
  'dash --once --width 100',
  '',
])('"antctl %s" is read plainly', async (line) => {
  const named = commandOf(line.split(' ').filter((word) => word !== ''))
  if (named === undefined) throw new Error('no command')
  const command = await commands[named.id]()
  const read = await plainly(named.words, command)
  expect(read).toBeDefined()
  expect(read).toEqual(await byOclif(named.words, command))
})

test.each([
  'get agentinfo --help',
  'version extra',
  'get agentinfo -o xml',
  'trace-packet -L --quiet',
  'set-mode --soak',
])('"antctl %s" is left to oclif', async (line) => {
  const named = commandOf(line.split(' '))
  expect(named && (await plainly(named.words, await commands[named.id]()))).toBeUndefined()
})

test.each(['nonsense', 'get', '--help', '--version', 'pc', 'constructor'])(
  '"antctl %s" names no command as listed',
  (line) => expect(commandOf(line.split(' '))).toBeUndefined(),
)

test('flags that the shipped antctl makes say what those of oclif say', async () => {
  const parse = async () => 5
  const pairs = [
    [Flags.boolean({allowNo: true}), OclifFlags.boolean({allowNo: true})],
    [Flags.string({char: 'a', multiple: true}), OclifFlags.string({char: 'a', multiple: true})],
    [Flags.integer({min: 1, max: 9}), OclifFlags.integer({min: 1, max: 9})],
    [Flags.custom({default: 1, parse})(undefined), OclifFlags.custom({default: 1, parse})()],
    [Flags.option({options: ['x']})(undefined), OclifFlags.option({options: ['x'] as const})()],
  ] as const
  for (const [own, theirs] of pairs) {
    const {parse: _own, ...said} = own
    const {parse: _theirs, input: _input, ...wanted} = {input: undefined, ...theirs}
    expect(said).toEqual(wanted)
  }
  for (const text of ['1', '09', '10', '0', '-3', '1e0', 'x', '']) {
    const [own, theirs] = [Flags.integer({min: 1, max: 9}), OclifFlags.integer({min: 1, max: 9})]
    const read = (n: Flag) => plainly([`--n=${text}`], {flags: {n}})
    expect(await read(own)).toEqual(await read(theirs))
  }
})
