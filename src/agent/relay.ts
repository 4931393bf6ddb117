import {connect} from 'node:net'
import {pipeline} from 'node:stream/promises'

/** Joins standard input and output to a port of this machine: antctl's road where a port-forward is not allowed. */
const port = Number(process.argv[2])
try {
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error('usage: api-relay PORT')
  const socket = connect(port, '127.0.0.1')
  await Promise.race([pipeline(process.stdin, socket), pipeline(socket, process.stdout)])
  process.exit(0)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}
