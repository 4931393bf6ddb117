import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {AntctlError} from '../../src/model/errors.ts'
import {parseMac} from '../../src/model/address.ts'
import {KernelNews} from '../../src/datapath/machine/kernel-news.ts'
import {
  decodeMessages,
  decodeVerdict,
  encodeMessages,
  type Message,
} from '../../src/datapath/machine/netlink/message.ts'
import * as nf from '../../src/datapath/machine/netlink/nf-tables.ts'
import * as rtnetlink from '../../src/datapath/machine/netlink/rtnetlink.ts'
import {printRule} from '../../src/datapath/machine/nft/statements.ts'
import {readCapture} from '../openflow/capture.ts'

/** Bytes of a real kernel (6.18): `sh scripts/node.sh test/captures/record-netlink.ts` records them anew. */
const recorded = readCapture('netlink.hex').map((line) => {
  const [name = '', hex = ''] = line.split(' ')
  return {name, datagram: Buffer.from(hex, 'hex')}
})

const readers: Readonly<Record<string, (bytes: Buffer) => unknown>> = {
  links: rtnetlink.link.decode,
  addresses: rtnetlink.address.decode,
  routes: rtnetlink.route.decode,
  neighbours: rtnetlink.neighbour.decode,
  chains: nf.chain.decode,
  guards: nf.chain.decode,
  rules: (bytes) => nf.rule.decode(bytes).expressions?.map((expression) => expression),
  sets: nf.set.decode,
  elements: nf.elements.decode,
}

const rows = recorded.flatMap(({name, datagram}) =>
  decodeMessages(datagram)
    .filter(({type}) => type > 4)
    .map((message) => ({name, message, read: readers[name] ?? (() => undefined)})),
)

test('what the kernel says of links, routes, rules and the others reads as it was made', async () => {
  const text = rows.map(({name, message, read}) => `${name} ${JSON.stringify(read(message.body), readable)}`).join('\n')
  await expect(`${text}\n`).toMatchFileSnapshot('../golden/netlink.txt')
})

test('the recording holds every kind', () => {
  expect([...new Set(rows.map(({name}) => name))].sort()).toEqual(Object.keys(readers).sort())
})

test('the rules of nft(8) read as they were written', () => {
  const rules = rows.filter(({name}) => name === 'rules').map(({message}) => nf.rule.decode(message.body))
  expect(rules.map(({expressions = []}) => printRule(expressions))).toEqual([
    'ct state invalid ip saddr @pod_cidrs ip daddr @pod_cidrs notrack',
    'ip saddr 10.244.1.0/24 ip daddr != @pod_cidrs oifname != "antrea-gw0" masquerade',
  ])
})

describe('bytes that end too early', () => {
  test.each(Object.keys(readers))('%s: cut off anywhere, refused with a sentence or read as less', (kind) => {
    for (const {message, read} of rows.filter(({name}) => name === kind)) {
      const header =
        kind === 'links' ? 16 : ['addresses'].includes(kind) ? 8 : ['routes', 'neighbours'].includes(kind) ? 12 : 4
      for (let length = 0; length < message.body.length; length++) {
        const outcome = attempt(() => read(message.body.subarray(0, length)))
        if (length < header) expect(outcome).toMatch(/is cut off: \d+ bytes expected, \d+ are there$/u)
        else expect(outcome).toMatch(/^read$|^malformed netlink: /u)
      }
    }
  })

  test('a datagram that ends within a message is refused, at every byte', () => {
    const [{datagram} = {datagram: Buffer.alloc(0)}] = recorded
    for (let length = 1; length < datagram.length - 3; length++) {
      expect(() => decodeMessages(datagram.subarray(0, length))).toThrow(AntctlError)
    }
    expect(decodeMessages(Buffer.alloc(0))).toEqual([])
  })
})

describe('the refusal', () => {
  const [refusal] = recorded.filter(({name}) => name === 'refusal').flatMap(({datagram}) => decodeMessages(datagram))
  if (refusal === undefined) throw new Error('the recording has no refusal')

  test('has its number and the words of the kernel', () => {
    expect(decodeVerdict(refusal)).toEqual({errno: 101, words: 'Nexthop has invalid gateway'})
  })

  test('cut off anywhere it is our error or fewer words', () => {
    for (let length = 0; length < refusal.body.length; length++) {
      const cut = {...refusal, body: refusal.body.subarray(0, length)}
      expect(attempt(() => decodeVerdict(cut))).toMatch(/^read$|^malformed netlink: /u)
    }
  })

  test('a kernel that repeats the whole request is understood too', () => {
    const request = encodeMessages([{type: 24, flags: 5, sequence: 7, body: Buffer.alloc(13)}])
    const number = Buffer.alloc(4)
    number.writeInt32LE(-17)
    const words = Buffer.from('0a000100776f726473000000', 'hex')
    const body = Buffer.concat([number, request, words])
    expect(decodeVerdict({...refusal, flags: 0x200, body})).toEqual({errno: 17, words: 'words'})
    expect(decodeVerdict({...refusal, flags: 0, body})).toEqual({errno: 17, words: undefined})
  })
})

test('what is written is read back, whatever the values', () => {
  const name = fc.stringMatching(/^[a-z0-9.-]{1,15}$/u)
  const octet = fc.nat(255)
  const ip = fc.tuple(octet, octet, octet, octet).map((octets) => octets.join('.'))
  const mac = fc
    .tuple(octet, octet, octet)
    .map((octets) => parseMac(`0a:58:00:${octets.map((one) => one.toString(16).padStart(2, '0')).join(':')}`))
  fc.assert(
    fc.property(name, fc.nat(65_535), mac, fc.nat(), (name, mtu, address, index) => {
      const given = {index, flags: 1, change: 1, name, mtu, address}
      expect(rtnetlink.link.decode(rtnetlink.link.encode(given))).toMatchObject(given)
    }),
  )
  fc.assert(
    fc.property(ip, ip, fc.nat(32), fc.option(fc.nat(), {nil: undefined}), (to, via, toLength, metric) => {
      const given = {family: 2, toLength, to, via, ...(metric !== undefined && {metric}), metrics: {mtu: 1400}}
      const read = rtnetlink.route.decode(rtnetlink.route.encode(given))
      expect(read).toMatchObject(given)
      expect('metric' in read).toBe(metric !== undefined)
    }),
  )
})

test('a flipped byte is read or refused with our own error, never a crash', () => {
  fc.assert(
    fc.property(fc.constantFrom(...rows), fc.nat(), fc.nat(255), ({message, read}, place, value) => {
      const body = Buffer.from(message.body)
      body[place % body.length] = value
      expect(attempt(() => read(body))).toMatch(/^read$|^malformed netlink: |is not an IP address$/u)
    }),
  )
})

test('random bytes are refused or read, never a crash', () => {
  fc.assert(
    fc.property(fc.uint8Array({maxLength: 300}), (bytes) => {
      expect(attempt(() => decodeMessages(Buffer.from(bytes)))).toMatch(/^read$|^malformed netlink: /u)
      for (const read of Object.values(readers)) {
        expect(attempt(() => read(Buffer.from(bytes)))).toMatch(/^read$|^malformed netlink: /u)
      }
    }),
  )
})

describe('news', () => {
  const messagesOf = (kind: string): readonly Message[] =>
    rows.filter(({name}) => name === kind).map(({message}) => message)

  test('a link told twice is news once; one that is gone is news unless we take it away', () => {
    const leaving = new Set<string>()
    const news = new KernelNews(leaving)
    const links = messagesOf('links')
    expect(links.map((message) => news.ofRoute(message))).toEqual(links.map(() => ['links']))
    expect(links.flatMap((message) => news.ofRoute(message))).toEqual([])
    leaving.add('p1')
    const gone = links.map((message) => ({...message, type: rtnetlink.types.delLink}))
    expect(gone.map((message) => news.ofRoute(message)).filter((parts) => parts.length > 0)).toEqual([
      ['links', 'routes'],
      ['links', 'routes'],
    ])
  })

  test('a neighbour is news when it gets another MAC or goes', () => {
    const news = new KernelNews(new Set())
    const [neighbour] = messagesOf('neighbours')
    if (neighbour === undefined) throw new Error('the recording has a neighbour')
    const gone = {...neighbour, type: rtnetlink.types.delNeighbour}
    expect([neighbour, neighbour, gone, gone].map((message) => news.ofRoute(message))).toEqual([
      ['neighbours'],
      [],
      ['neighbours'],
      [],
    ])
  })

  test('routes of the main table, and tables of ours', () => {
    const news = new KernelNews(new Set())
    for (const message of messagesOf('routes')) expect(news.ofRoute(message)).toEqual(['routes'])
    for (const kind of ['rules', 'chains', 'guards', 'sets', 'elements']) {
      for (const message of messagesOf(kind)) expect(news.ofNetfilter(message)).toEqual(['nft'])
    }
    const other = nf.table.encode({family: 1, name: 'kube-proxy'})
    const message = {type: nf.types.newTable, flags: 0, sequence: 0, port: 7}
    expect(news.ofNetfilter({...message, body: other})).toEqual([])
    const generation = {
      ...message,
      type: nf.types.newGeneration,
      body: Buffer.from('000000000800010000000007', 'hex'),
    }
    expect(news.ofNetfilter(generation)).toEqual([])
  })
})

function attempt(act: () => unknown): string {
  try {
    act()
    return 'read'
  } catch (error) {
    if (error instanceof AntctlError) return error.message
    throw error
  }
}

function readable(_: string, value: unknown): unknown {
  const isBuffer =
    typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer' && 'data' in value
  return isBuffer && Array.isArray(value.data) ? Buffer.from(value.data).toString('latin1') : value
}
