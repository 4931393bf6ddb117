import type {Bucket, Group, Selection} from './group.ts'
import {groupTypes} from './group.ts'
import {hex, readNumber, unreadable} from './values.ts'
import {insideOf, splitWords} from './words.ts'

/** As `ovs-ofctl dump-groups` prints it: "group_id=3,type=indirect,bucket=bucket_id:0,actions=output:1". */
export function printGroup({id, type, buckets, selection}: Group): string {
  const words = [`group_id=${id}`, `type=${type}`, ...printSelection(selection), ...buckets.map(printBucket)]
  return words.join(',')
}

function printSelection(selection: Selection | undefined): string[] {
  if (selection === undefined) return []
  const {method, parameter, fields} = selection
  const names = Object.entries(fields).map(([name, mask]) => (mask === '' ? name : `${name}=${mask}`))
  return [
    `selection_method=${method}`,
    ...(parameter === 0n ? [] : [`selection_method_param=${parameter}`]),
    ...(names.length === 0
      ? []
      : [
          names.length > 1 || names[0]?.includes('=') === true
            ? `fields(${names.join(',')})`
            : `fields=${names.join('')}`,
        ]),
  ]
}

function printBucket({id, actions, weight, watchPort, watchGroup}: Bucket): string {
  const words = [
    `bucket_id:${id}`,
    weight === undefined ? '' : `weight:${weight}`,
    watchPort === undefined ? '' : `watch_port:${watchPort}`,
    watchGroup === undefined ? '' : `watch_group:${watchGroup}`,
    `actions=${actions.length === 0 ? 'drop' : actions.join(',')}`,
  ]
  return `bucket=${words.filter((word) => word !== '').join(',')}`
}

/** The text of printGroup or ovs-ofctl. Throws FLOW_INVALID. */
export function parseGroup(text: string): Group {
  const [head = '', ...bucketTexts] = text.trim().split(/,bucket=/u)
  let id: number | undefined
  let type: Group['type'] | undefined
  let selection: Selection | undefined
  for (const word of splitWords(head)) {
    const [, name = '', value = ''] = /^(\w+)[=]?(.*)$/su.exec(word) ?? []
    if (name === 'group_id') id = readNumber(value, 4)
    else if (name === 'type' && isType(value)) type = value
    else if (name === 'selection_method') selection = {method: value, parameter: 0n, fields: {}}
    else if (name === 'selection_method_param' && selection !== undefined) {
      selection = {...selection, parameter: hex.parse(value, 8).readBigUInt64BE(0)}
    } else if (name === 'fields' && selection !== undefined) {
      selection = {...selection, fields: parseFields(insideOf(word, 'fields') ?? value)}
    } else throw unreadable(word, 'a word of a group')
  }
  if (id === undefined || type === undefined) throw unreadable(text, 'a group with group_id= and type=')
  const buckets = bucketTexts.map(parseBucket)
  return {id, type, buckets, ...(selection !== undefined && {selection})}
}

function parseBucket(text: string): Bucket {
  const [head = '', actions] = text.split(/(?:^|,)actions=/u)
  if (actions === undefined) throw unreadable(text, 'a bucket with actions=')
  const numbers = new Map<string, number>()
  for (const word of splitWords(head)) {
    const [, name = '', value = ''] = /^(bucket_id|weight|watch_port|watch_group):(\d+)$/u.exec(word) ?? []
    if (name === '') throw unreadable(word, 'bucket_id:N, weight:N, watch_port:N or watch_group:N')
    numbers.set(name, readNumber(value, 4))
  }
  const [weight, watchPort, watchGroup] = [numbers.get('weight'), numbers.get('watch_port'), numbers.get('watch_group')]
  return {
    id: numbers.get('bucket_id') ?? 0,
    actions: splitWords(actions).filter((action) => action !== 'drop'),
    ...(weight !== undefined && {weight}),
    ...(watchPort !== undefined && {watchPort}),
    ...(watchGroup !== undefined && {watchGroup}),
  }
}

function parseFields(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    splitWords(text).map((word) => {
      const at = word.indexOf('=')
      return at < 0 ? [word, ''] : [word.slice(0, at), word.slice(at + 1)]
    }),
  )
}

function isType(text: string): text is Group['type'] {
  return Object.hasOwn(groupTypes, text)
}
