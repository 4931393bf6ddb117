/** Splits at commas that stand outside of parentheses and brackets: "ct(commit,table=1),drop" → two words. */
export function splitWords(text: string): string[] {
  const words: string[] = []
  let [depth, start] = [0, 0]
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at]
    if (char === '(' || char === '[') depth += 1
    else if (char === ')' || char === ']') depth -= 1
    else if (char === ',' && depth === 0) {
      words.push(text.slice(start, at))
      start = at + 1
    }
  }
  words.push(text.slice(start))
  return words.map((word) => word.trim()).filter((word) => word !== '')
}

/** "nat(src=1.2.3.4)" → "src=1.2.3.4"; undefined when the text is not `word` with parentheses. */
export function insideOf(text: string, word: string): string | undefined {
  return text.startsWith(`${word}(`) && text.endsWith(')') ? text.slice(word.length + 1, -1) : undefined
}
