/** Most that one JSON text may take: the database of a full Node has less than one megabyte. */
const largestText = 64 * 1024 * 1024
/** Most brackets inside each other: a schema, the deepest that OVSDB has, stays below 16. */
const deepest = 64
const smallestHold = 4 * 1024
const [quote, backslash, openBrace, closeBrace, openBracket, closeBracket] = Buffer.from('"\\{}[]')
const whiteSpace = Buffer.from(' \t\r\n')

/**
 * Cuts a byte stream into JSON objects (RFC 7047 §4: nothing stands between them but white space). Every byte is looked
 * at once, however the stream is cut; bytes of a UTF-8 sequence are never ASCII, so that bytes suffice. Throws
 * SyntaxError or RangeError for what is no JSON, too large or too deep; the stream is of no use after that.
 */
export class JsonFramer {
  /** The beginning of an object whose end has not come; grown by doubling, so that tiny pieces cost no more. */
  #held = Buffer.alloc(0)
  #size = 0
  #depth = 0
  #inString = false
  #escaped = false

  push(chunk: Buffer): unknown[] {
    const texts: unknown[] = []
    let start = 0
    for (let at = 0; at < chunk.length; at += 1) {
      if (!this.#endsAt(chunk[at])) continue
      texts.push(JSON.parse(this.#take(chunk.subarray(start, at + 1))))
      start = at + 1
    }
    this.#hold(this.#depth === 0 ? chunk.subarray(chunk.length) : chunk.subarray(start))
    return texts
  }

  #take(last: Buffer): string {
    if (this.#size === 0) return last.toString('utf8')
    this.#hold(last)
    const text = this.#held.toString('utf8', 0, this.#size)
    this.#held = Buffer.alloc(0)
    this.#size = 0
    return text
  }

  #hold(bytes: Buffer): void {
    if (bytes.length === 0) return
    const size = this.#size + bytes.length
    if (size > largestText) throw new RangeError(`a JSON text of more than ${largestText} bytes`)
    if (size > this.#held.length) {
      const larger = Buffer.allocUnsafe(Math.max(smallestHold, 2 * size))
      this.#held.copy(larger, 0, 0, this.#size)
      this.#held = larger
    }
    bytes.copy(this.#held, this.#size)
    this.#size = size
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
    else if (byte === openBrace || byte === openBracket) this.#open()
    else if (byte === closeBrace || byte === closeBracket) {
      this.#depth -= 1
      return this.#depth === 0
    }
    return false
  }

  #open(): void {
    this.#depth += 1
    if (this.#depth > deepest) throw new RangeError(`a JSON text with more than ${deepest} brackets inside each other`)
  }
}
