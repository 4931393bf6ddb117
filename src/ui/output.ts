import {AntctlError} from '../model/errors.ts'

/** table: for people; wide: with all columns. json and yaml: the result itself, for programs. */
const plainFormats = ['table', 'wide', 'json', 'yaml', 'name'] as const
type PlainFormat = (typeof plainFormats)[number]
export type OutputFormat = PlainFormat | `jsonpath=${string}`
export const outputFormats = [...plainFormats, 'jsonpath=TEMPLATE'].join('|')

export function parseOutput(text: string): OutputFormat {
  const plain = plainFormats.find((format) => format === text)
  if (plain !== undefined) return plain
  if (isJsonPath(text)) return text
  throw new AntctlError('USAGE', `--output ${JSON.stringify(text)} is not a way to write the result`, {
    remedy: [`use one of ${outputFormats.replaceAll('|', ', ')}`],
  })
}

export function isJsonPath(format: string): format is `jsonpath=${string}` {
  return format.startsWith('jsonpath=')
}

/** For people, in lines as wide as their terminal. */
export function isTable(format: OutputFormat): format is 'table' | 'wide' {
  return format === 'table' || format === 'wide'
}

/** A result as JSON, YAML or by a template; each is loaded only for who asks: yaml costs 40 ms. */
export async function serialize(
  value: unknown,
  format: Exclude<OutputFormat, 'table' | 'wide' | 'name'>,
): Promise<string> {
  if (format === 'json') return `${inJson(value, 2)}\n`
  // What JSON leaves out (undefined) is left out everywhere.
  const plain: unknown = JSON.parse(JSON.stringify(value))
  if (format === 'yaml') {
    const {yamlText} = await import('./yaml-text.ts')
    return inEscapes(yamlText(plain, hasObeyed))
  }
  const [{parseTemplate}, {fillTemplate}] = await Promise.all([
    import('./jsonpath/parse.ts'),
    import('./jsonpath/evaluate.ts'),
  ])
  return withoutControl(fillTemplate(parseTemplate(format.slice('jsonpath='.length)), plain))
}

/** One result on one line, or over several; the same value for a program, and nothing that a terminal obeys. */
export function inJson(value: unknown, indent?: number): string {
  return inEscapes(JSON.stringify(value, null, indent))
}

// eslint-disable-next-line no-control-regex -- control characters are what this looks for
const obeyed = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF]/gu

function hasObeyed(text: string): boolean {
  return text.search(obeyed) !== -1
}

/** JSON's and YAML's own escape: it reads back as the same character. */
function inEscapes(text: string): string {
  return text.replaceAll(obeyed, (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`)
}

/** Lines and tabulators may be the template's own and stay. */
function withoutControl(text: string): string {
  return text.replaceAll(obeyed, (character) => `\\x${(character.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}`)
}

/** One of many, as they come: a line of JSON, a YAML document, or the template filled once more. */
export async function serializeOne(
  value: unknown,
  format: Exclude<OutputFormat, 'table' | 'wide' | 'name'>,
): Promise<string> {
  if (format === 'json') return `${inJson(value)}\n`
  return `${format === 'yaml' ? '---\n' : ''}${await serialize(value, format)}`
}
