/** Most that one JSON text may take: a database of a Node is far below. */
const limit = 256 * 1024 * 1024
const [quote, backslash, openBrace, closeBrace, openBracket, closeBracket] = Buffer.from('"\\{}[]')
const whiteSpace = Buffer.from(' \t\r\n')

/**
 * Cuts a byte stream into JSON objects (RFC 7047 §4: nothing stands between them but white space). Every byte is looked
 * at once, however the stream is cut; bytes of a UTF-8 sequence are never ASCII, so that bytes suffice.
 */
export class JsonFramer {
  #chunks: Buffer[] = []
  #size = 0
  #depth = 0
  #inString = false
  #escaped = false

  push(chunk: Buffer): unknown[] {
    const texts: unknown[] = []
    let start = 0
    for (let at = 0; at < chunk.length; at += 1) {
      if (!this.#endsAt(chunk[at])) continue
      const text = Buffer.concat([...this.#chunks, chunk.subarray(start, at + 1)]).toString('utf8')
      this.#chunks = []
      this.#size = 0
      start = at + 1
      texts.push(JSON.parse(text))
    }
    const rest = chunk.subarray(start)
    this.#size += rest.length
    if (this.#size > limit) throw new RangeError(`a JSON text of more than ${limit} bytes`)
    if (rest.length > 0) this.#chunks.push(rest)
    return texts
  }

  /** Does the outermost object end with this byte? */
  #endsAt(byte: number | undefined): boolean {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false
      else if (byte === backslash) this.#escaped = true
      else if (byte === quote) this.#inString = false
      return false
    }
    if (this.#depth === 0 && byte !== openBrace && !whiteSpace.includes(byte ?? 0)) {
      throw new SyntaxError('a JSON object was expected')
    }
    if (byte === quote) this.#inString = true
    else if (byte === openBrace || byte === openBracket) this.#depth += 1
    else if (byte === closeBrace || byte === closeBracket) {
      this.#depth -= 1
      return this.#depth === 0
    }
    return false
  }
}
