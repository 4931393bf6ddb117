import {chmod, mkdir, rm} from 'node:fs/promises'
import {createServer, type Server, type Socket} from 'node:net'
import {dirname} from 'node:path'
import {sentenceOf} from '../../model/errors.ts'
import {CniError} from './error.ts'
import {type CniRequest, cniVersions, parseRequest} from './request.ts'

const largestRequest = 1024 * 1024

export interface CniServerOptions {
  readonly socketPath: string
  /** The result to print, undefined for commands that have none; throws CniError or anything else. */
  readonly handle: (request: CniRequest) => Promise<unknown>
  readonly onAnswer: (request: CniRequest | undefined, milliseconds: number, error: unknown) => void
}

/** One request a connection: a line of JSON in, one JSON document out (bin/cni/main.go is the other end). */
export async function startCniServer(options: CniServerOptions): Promise<Server> {
  await mkdir(dirname(options.socketPath), {recursive: true})
  await rm(options.socketPath, {force: true})
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    readLine(socket)
      .then((line) => answer(line, options))
      .then((document) => socket.end(document))
      .catch(() => socket.destroy())
  })
  const {promise, resolve, reject} = Promise.withResolvers<void>()
  server.once('error', reject).listen(options.socketPath, resolve)
  await promise
  await chmod(options.socketPath, 0o600)
  return server
}

async function answer(line: string, {handle, onAnswer}: CniServerOptions): Promise<string> {
  const start = performance.now()
  let request: CniRequest | undefined
  try {
    request = parseRequest(line)
    const result = await handle(request)
    onAnswer(request, performance.now() - start, undefined)
    return JSON.stringify(result === undefined ? {} : {result})
  } catch (error) {
    onAnswer(request, performance.now() - start, error)
    const code = error instanceof CniError ? error.code : 100
    return JSON.stringify({error: {cniVersion: request?.version ?? cniVersions.at(-1), code, msg: sentenceOf(error)}})
  }
}

function readLine(socket: Socket): Promise<string> {
  const {promise, resolve, reject} = Promise.withResolvers<string>()
  let text = ''
  socket.setEncoding('utf8').setTimeout(10_000, () => reject(new CniError(5, 'the request did not come')))
  socket.on('data', (chunk) => {
    text += String(chunk)
    const end = text.indexOf('\n')
    if (end >= 0) {
      socket.setTimeout(0)
      resolve(text.slice(0, end))
    }
    if (text.length > largestRequest) reject(new CniError(6, 'the request is too large'))
  })
  socket.on('close', () => reject(new CniError(5, 'the caller went away')))
  return promise
}
