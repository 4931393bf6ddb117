import {malformed} from './codec.ts'
import {header, type MessageType, version} from './messages.ts'

export interface Message {
  readonly type: MessageType
  readonly xid: number
  readonly body: Buffer
}

/** Cuts a byte stream into messages: takes chunks as they come, gives each message once it is whole. */
export class MessageFramer {
  #rest: Buffer = Buffer.alloc(0)

  push(chunk: Buffer): Message[] {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    const messages: Message[] = []
    let at = 0
    while (bytes.length - at >= header.size) {
      const {version: spoken, type, length, xid} = header.decode(bytes, at)
      // A HELLO may carry any version: the bitmap in it decides.
      if (spoken !== version && type !== 'hello' && type !== 'error') throw malformed(`version ${spoken} after HELLO`)
      if (length < header.size) throw malformed(`a message of ${length} bytes`)
      if (bytes.length - at < length) break
      messages.push({type, xid, body: bytes.subarray(at + header.size, at + length)})
      at += length
    }
    this.#rest = bytes.subarray(at)
    return messages
  }
}
