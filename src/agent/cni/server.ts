import {createServer, type Server, type Socket} from 'node:net'
import {sentenceOf} from '../../model/errors.ts'
import {listenForRoot} from '../root-socket.ts'
import {CniError} from './error.ts'
import {type CniRequest, cniVersions, parseRequest} from './request.ts'

const largestRequest = 1024 * 1024
/** The program has its whole request at hand before it connects. */
const patience = 10_000
const farewell = 1_000
/** Of which one at most is open for each Pod that comes or goes; more than that is somebody else. */
const mostConnections = 4_096

export interface CniServerOptions {
  readonly socketPath: string
  /** The result to print, undefined for commands that have none; throws CniError or anything else. */
  readonly handle: (request: CniRequest) => Promise<unknown>
  readonly onAnswer: (request: CniRequest | undefined, milliseconds: number, error: unknown) => void
}

/**
 * One request a connection: a line of JSON in, one JSON document out (bin/cni/main.go is the other end). Only root may
 * connect: whoever can wire Pods can put a process into any Pod's place.
 */
export async function startCniServer(options: CniServerOptions): Promise<Server> {
  const {socketPath} = options
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    readLine(socket)
      .then((line) => answer(line, options))
      .catch((error: unknown) => refusal(error, undefined))
      .then((document) => close(socket, document))
      .catch(() => socket.destroy())
  })
  server.maxConnections = mostConnections
  await listenForRoot(server, socketPath)
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
    return refusal(error, request)
  }
}

function refusal(error: unknown, request: CniRequest | undefined): string {
  const code = error instanceof CniError ? error.code : 100
  return JSON.stringify({error: {cniVersion: request?.version ?? cniVersions.at(-1), code, msg: sentenceOf(error)}})
}

/** A caller that goes on sending, or does not read, is not waited for. */
function close(socket: Socket, document: string): void {
  const late = setTimeout(() => socket.destroy(), farewell)
  socket.on('close', () => clearTimeout(late)).end(document)
}

/** The first line of at most 1 MiB, and within 10 s; throws CniError 5 or 6. */
function readLine(socket: Socket): Promise<string> {
  const {promise, resolve, reject} = Promise.withResolvers<string>()
  const late = setTimeout(() => reject(new CniError(5, `no request came within ${patience / 1000} s`)), patience)
  const chunks: Buffer[] = []
  let size = 0
  socket.on('data', (chunk: Buffer) => {
    const end = chunk.indexOf('\n')
    chunks.push(end === -1 ? chunk : chunk.subarray(0, end))
    size += chunk.length
    if (end !== -1) resolve(Buffer.concat(chunks).toString('utf8'))
    else if (size > largestRequest) reject(new CniError(6, `the request is larger than ${largestRequest} bytes`))
  })
  socket.on('close', () => reject(new CniError(5, 'the caller went away')))
  return promise.finally(() => {
    clearTimeout(late)
    // Whatever else comes is not kept.
    chunks.length = 0
    socket.removeAllListeners('data').resume()
  })
}
