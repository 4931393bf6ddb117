/** Deeper than any object of Kubernetes; what walks an answer later must not run out of stack. */
const deepest = 100

/** JSON of bounded depth; throws SyntaxError, as JSON.parse does. */
export function parseBounded(body: string): unknown {
  if (depthOf(body) > deepest) throw new SyntaxError(`JSON nested deeper than ${deepest}`)
  return JSON.parse(body)
}

const [quote, backslash] = [0x22, 0x5c]
const opening = new Set([0x5b, 0x7b])
const closing = new Set([0x5d, 0x7d])

/** Brackets inside texts do not count. */
function depthOf(body: string): number {
  let [depth, most, inText] = [0, 0, false]
  for (let at = 0; at < body.length; at += 1) {
    const code = body.charCodeAt(at)
    if (inText && code === backslash) at += 1
    else if (code === quote) inText = !inText
    else if (!inText && opening.has(code)) most = Math.max(most, (depth += 1))
    else if (!inText && closing.has(code)) depth -= 1
  }
  return most
}
