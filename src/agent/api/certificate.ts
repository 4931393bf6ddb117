import {generateKeyPairSync, randomBytes, sign} from 'node:crypto'
import {isIP} from 'node:net'
import {bits, boolean, explicit, integer, objectId, octets, sequence, set, tagged, utcTime, utf8} from './der.ts'

/** A key and its self-signed certificate; both PEM. */
export interface Certificate {
  readonly key: string
  readonly cert: string
}

const oid = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  commonName: '2.5.4.3',
  basicConstraints: '2.5.29.19',
  keyUsage: '2.5.29.15',
  extendedKeyUsage: '2.5.29.37',
  subjectAltName: '2.5.29.17',
  serverAuth: '1.3.6.1.5.5.7.3.1',
} as const

const year = 365 * 24 * 3600 * 1000

/**
 * RFC 5280 section 4.1: a certificate that is its own authority, for these DNS names and IPv4 addresses. A new one at
 * each start, published as apiCABundle: nothing secret lies on a disk, and who has the bundle can pin it.
 */
export function selfSign(commonName: string, subjects: readonly string[], now = Date.now()): Certificate {
  const {privateKey, publicKey} = generateKeyPairSync('ec', {namedCurve: 'prime256v1'})
  const algorithm = sequence(objectId(oid.ecdsaWithSha256))
  const name = sequence(set(sequence(objectId(oid.commonName), utf8(commonName))))
  const serial = randomBytes(16)
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40
  const signed = sequence(
    explicit(0, integer(Buffer.of(2))),
    integer(serial),
    algorithm,
    name,
    sequence(utcTime(new Date(now - 3_600_000)), utcTime(new Date(now + year))),
    name,
    publicKey.export({type: 'spki', format: 'der'}),
    explicit(3, sequence(...extensions(subjects))),
  )
  const der = sequence(signed, algorithm, bits(sign('sha256', signed, privateKey)))
  return {key: privateKey.export({type: 'pkcs8', format: 'pem'}).toString(), cert: pem(der)}
}

function extensions(subjects: readonly string[]): readonly Buffer[] {
  return [
    extension(oid.basicConstraints, sequence(boolean(true)), {critical: true}),
    // digitalSignature (bit 0) and keyCertSign (bit 5): two unused bits at the end.
    extension(oid.keyUsage, Buffer.of(0x03, 0x02, 0x02, 0x84), {critical: true}),
    extension(oid.extendedKeyUsage, sequence(objectId(oid.serverAuth))),
    extension(oid.subjectAltName, sequence(...subjects.map(generalName))),
  ]
}

function extension(id: string, value: Buffer, {critical = false} = {}): Buffer {
  return sequence(objectId(id), ...(critical ? [boolean(true)] : []), octets(value))
}

/** GeneralName: dNSName is [2], iPAddress is [7] of RFC 5280 section 4.2.1.6. */
function generalName(subject: string): Buffer {
  return isIP(subject) === 4 ? tagged(7, Buffer.from(subject.split('.').map(Number))) : tagged(2, Buffer.from(subject))
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/gu) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}
