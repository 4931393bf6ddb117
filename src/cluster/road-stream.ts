import {Duplex} from 'node:stream'
import type {AntctlError} from '../model/errors.ts'
import type {ApiCredentials} from './api.ts'
import type {Channels, OpenOptions} from './road-websocket.ts'

/**
 * Numbered streams as one connection: channel 0 takes what is written, and `read` says what a message brings: bytes to be
 * read, an error to end with, or nothing. There is no half close: ending it ends both ways.
 */
export async function openStream(
  credentials: ApiCredentials,
  options: OpenOptions,
  read: (channel: number, data: Buffer) => Buffer | AntctlError | undefined,
): Promise<Duplex> {
  const {openChannels} = await import('./road-websocket.ts')
  const opening: {channels?: Channels} = {}
  const stream = new Duplex({
    read: () => opening.channels?.resume(),
    write: (chunk: Buffer, _encoding, done) => opening.channels?.send(0, chunk, done),
    final: (done) => {
      opening.channels?.close()
      done()
    },
    destroy: (error, done) => {
      opening.channels?.close()
      done(error)
    },
  })
  // A refusal may come before anybody could listen: it is thrown below, or found by who reads.
  stream.on('error', () => undefined)
  const onMessage = (channel: number, data: Buffer) => {
    const found = read(channel, data)
    if (found === undefined || stream.destroyed) return
    if (!Buffer.isBuffer(found)) stream.destroy(found)
    else if (!stream.push(found)) opening.channels?.pause()
  }
  const onEnd = (error?: AntctlError) => {
    if (error !== undefined) stream.destroy(error)
    else stream.push(null)
  }
  opening.channels = await openChannels(credentials, options, {onMessage, onEnd})
  return stream
}
