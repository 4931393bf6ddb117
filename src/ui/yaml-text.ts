import {Document, Scalar, visit} from '../model/yaml.ts'

/** YAML in which every text that `mustQuote` stands in quotes, where escapes mean something. */
export function yamlText(value: unknown, mustQuote: (text: string) => boolean): string {
  const document = new Document(value, {aliasDuplicateObjects: false})
  visit(document, {
    Scalar: (_key, node) => {
      if (typeof node.value === 'string' && mustQuote(node.value)) node.type = Scalar.QUOTE_DOUBLE
    },
  })
  return document.toString({lineWidth: 0})
}
