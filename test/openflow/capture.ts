import {readFileSync} from 'node:fs'
import {join} from 'node:path'

const directory = join(import.meta.dirname, '../captures')

/** Messages of a recording (test/captures/record.ts): '>' went to the switch, '<' came from it. */
export function capture(name: string, direction: '>' | '<'): Buffer[] {
  return readCapture(`${name}.hex`)
    .filter((line) => line.startsWith(direction))
    .map((line) => Buffer.from(line.slice(2), 'hex'))
}

/** Lines of a text file beside the recordings, trimmed. */
export function readCapture(file: string): string[] {
  return readFileSync(join(directory, file), 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

/** ovs-ofctl --no-stats leaves out table 0; we always name the table. */
export function withTable(line: string): string {
  return /^[^(]*\btable=/u.test(line) ? line : line.replace(/^(cookie=\w+, )?/u, '$1table=0, ')
}
