import {parseCidr} from '../../../model/address.ts'
import {AntctlError} from '../../../model/errors.ts'
import {flags} from '../netlink/message.ts'
import * as nf from '../netlink/nf-tables.ts'
import type {Request} from '../netlink/requests.ts'
import {edgesOf} from './intervals.ts'
import {encodeRule} from './statements.ts'

/** linux/netfilter.h and linux/netfilter_netdev.h: a hook's number by its family and name. */
const hooks: Readonly<Record<string, number>> = {'inet prerouting': 0, 'inet postrouting': 4, 'netdev ingress': 0}
const policies: Readonly<Record<string, number>> = {drop: 0, accept: 1}
/** Below the 64 KiB of an attribute. */
const elementsAtOnce = 1_000

const shapes = {
  table: /^(add|delete) table (inet|netdev) (\S+)$/u,
  set: /^add set (inet) (\S+) (\S+) \{ type ipv4_addr; flags interval; \}$/u,
  chain:
    /^add chain (inet|netdev) (\S+) (\S+) \{ type (filter|nat) hook (\w+) (?:device "([^"]+)" )?priority (-?\d+); policy (\w+); \}$/u,
  dropChain: /^(flush|delete) chain (inet|netdev) (\S+) (\S+)$/u,
  rule: /^add rule (inet) (\S+) (\S+) (.+)$/u,
  elements: /^(add|delete) element (inet) (\S+) (\S+) \{ ([\d./, ]+) \}$/u,
} as const

/** Lines of nft(8)'s language as one batch, as far as we write it. Throws MACHINE for another line. */
export function encodeCommands(lines: readonly string[]): readonly Request[] {
  return lines.flatMap(encodeCommand)
}

function encodeCommand(what: string): readonly Request[] {
  const [table, set, chain] = [shapes.table.exec(what), shapes.set.exec(what), shapes.chain.exec(what)]
  if (table !== null) {
    const [, verb, family, name] = table
    const type = verb === 'add' ? nf.types.newTable : nf.types.delTable
    return [{type, flags: createIf(verb), body: nf.table.encode({family: familyOf(family), name}), what}]
  }
  if (set !== null) {
    const [, family, table, name] = set
    const kind = {flags: nf.intervalSet, keyType: nf.ipv4Type, keyLength: 4, id: 1}
    const body = nf.set.encode({family: familyOf(family), table, name, ...kind})
    return [{type: nf.types.newSet, flags: flags.create, body, what}]
  }
  if (chain !== null) {
    const [, family, table, name, type, hook, device, priority, policy = ''] = chain
    const where = {number: hooks[`${family} ${hook}`], priority: Number(priority), device}
    const body = nf.chain.encode({family: familyOf(family), table, name, hook: where, policy: policies[policy], type})
    return [{type: nf.types.newChain, flags: flags.create, body, what}]
  }
  return encodeContents(what)
}

function encodeContents(what: string): readonly Request[] {
  const [dropChain, rule, elements] = [shapes.dropChain.exec(what), shapes.rule.exec(what), shapes.elements.exec(what)]
  if (dropChain !== null) {
    const [, verb, family, table, name] = dropChain
    if (verb === 'flush') {
      return [{type: nf.types.delRule, body: nf.rule.encode({family: familyOf(family), table, chain: name}), what}]
    }
    return [{type: nf.types.delChain, body: nf.chain.encode({family: familyOf(family), table, name}), what}]
  }
  if (rule !== null) {
    const [, family, table, chain, text = ''] = rule
    const body = nf.rule.encode({family: familyOf(family), table, chain, expressions: encodeRule(text)})
    return [{type: nf.types.newRule, flags: flags.create | flags.append, body, what}]
  }
  if (elements !== null) {
    const [, verb, family, table, set, networks = ''] = elements
    const edges = networks.split(', ').flatMap((network) => edgesOf(parseCidr(network)))
    const type = verb === 'add' ? nf.types.newElement : nf.types.delElement
    return chunks(edges).map((some) => ({
      type,
      flags: createIf(verb),
      body: nf.elements.encode({family: familyOf(family), table, set, elements: some}),
      what: what.length > 200 ? `${what.slice(0, 200)} …` : what,
    }))
  }
  throw new AntctlError('MACHINE', `"${what}" is not among the nft commands that we know`)
}

function createIf(verb: string | undefined): number {
  return verb === 'add' ? flags.create : 0
}

function familyOf(name: string | undefined): number {
  return name === 'netdev' ? nf.families.netdev : nf.families.inet
}

function chunks<T>(values: readonly T[]): readonly (readonly T[])[] {
  return Array.from({length: Math.ceil(values.length / elementsAtOnce)}, (_, index) =>
    values.slice(index * elementsAtOnce, (index + 1) * elementsAtOnce),
  )
}
