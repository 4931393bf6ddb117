import {malformed} from './codec.ts'
import {header, type MessageType, version} from './messages.ts'

export interface Message {
  /** Of OpenFlow, as its sender says; ours but for HELLO and ERROR. */
  readonly version: number
  readonly type: MessageType
  readonly xid: number
  readonly body: Buffer
}

/** Cuts a byte stream into messages: takes chunks as they come, gives each message once it is whole. */
export class MessageFramer {
  /** The beginning of a message, put together only when all of it is there: its bytes are copied once. */
  #parts: Buffer[] = []
  #held = 0
  #wanted: number = header.size

  push(chunk: Buffer): Message[] {
    this.#parts.push(chunk)
    this.#held += chunk.length
    if (this.#held < this.#wanted) return []
    const bytes = this.#parts.length === 1 ? chunk : Buffer.concat(this.#parts, this.#held)
    const messages: Message[] = []
    let at = 0
    this.#wanted = header.size
    while (bytes.length - at >= header.size) {
      const {version: spoken, type, length, xid} = header.decode(bytes, at)
      // A HELLO may carry any version: the bitmap in it decides.
      if (spoken !== version && type !== 'hello' && type !== 'error') throw malformed(`version ${spoken} after HELLO`)
      if (length < header.size) throw malformed(`a message of ${length} bytes`)
      if (bytes.length - at < length) {
        this.#wanted = length
        break
      }
      messages.push({version: spoken, type, xid, body: bytes.subarray(at + header.size, at + length)})
      at += length
    }
    const rest = bytes.subarray(at)
    this.#parts = rest.length === 0 ? [] : [rest]
    this.#held = rest.length
    return messages
  }
}
