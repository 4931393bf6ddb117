import {X509Certificate} from 'node:crypto'
import {createServer, get} from 'node:https'
import type {AddressInfo} from 'node:net'
import {text} from 'node:stream/consumers'
import {expect, test} from 'vitest'
import {selfSign} from '../../src/agent/api/certificate.ts'

test('the certificate is its own authority and names this host only', () => {
  const {cert} = selfSign('antrea-agent', ['localhost', '127.0.0.1'])
  const parsed = new X509Certificate(cert)
  expect(parsed.ca).toBe(true)
  expect(parsed.verify(parsed.publicKey)).toBe(true)
  expect(parsed.checkHost('localhost')).toBe('localhost')
  expect(parsed.checkIP('127.0.0.1')).toBe('127.0.0.1')
  expect(parsed.checkHost('example.org')).toBeUndefined()
  expect(parsed.validToDate.getTime() - Date.now()).toBeGreaterThan(300 * 24 * 3600 * 1000)
})

test('serial numbers and keys differ from start to start', () => {
  const [first, second] = [selfSign('a', ['localhost']), selfSign('a', ['localhost'])]
  expect(new X509Certificate(first.cert).serialNumber).not.toBe(new X509Certificate(second.cert).serialNumber)
  expect(first.key).not.toBe(second.key)
})

test('a client that pins it is let in, one that pins another is not', async () => {
  const certificate = selfSign('antrea-agent', ['localhost', '127.0.0.1'])
  const server = createServer(certificate, (_, response) => response.end('hello'))
  const {promise: listening, resolve} = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', resolve)
  await listening
  const {port} = addressOf(server.address())
  try {
    expect(await fetchWith(certificate.cert, port)).toBe('hello')
    await expect(fetchWith(selfSign('antrea-agent', ['localhost']).cert, port)).rejects.toThrow(/certificate/u)
  } finally {
    server.close()
  }
})

async function fetchWith(ca: string, port: number): Promise<string> {
  const {promise, resolve, reject} = Promise.withResolvers<string>()
  get({host: '127.0.0.1', servername: 'localhost', port, ca, agent: false}, (response) => {
    text(response).then(resolve, reject)
  }).on('error', reject)
  return promise
}

function addressOf(address: string | AddressInfo | null): AddressInfo {
  if (address === null || typeof address === 'string') throw new TypeError('not listening')
  return address
}
