/** json: the result itself, for programs. yaml: the same. table: for people. */
export const outputFormats = ['table', 'json', 'yaml'] as const
export type OutputFormat = (typeof outputFormats)[number]

/** A result as JSON or YAML text. yaml costs 40 ms to load: only who asks pays. */
export async function serialize(value: unknown, format: 'json' | 'yaml'): Promise<string> {
  switch (format) {
    case 'json':
      return JSON.stringify(value, null, 2)
    case 'yaml': {
      const {stringify} = await import('../model/yaml.ts')
      return stringify(JSON.parse(JSON.stringify(value)), {lineWidth: 0, aliasDuplicateObjects: false}).trimEnd()
    }
  }
}
