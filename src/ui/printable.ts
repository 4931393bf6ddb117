/**
 * Text from the cluster, safe for a terminal: control characters (C0, C1), bidirectional overrides and line separators
 * become visible escapes, so that a Pod's name cannot move the cursor or hide what stands beside it.
 */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what this looks for
  return text.replaceAll(/[\u0000-\u001F\u007F-\u009F\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0
    return code < 0x1_00 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
  })
}
