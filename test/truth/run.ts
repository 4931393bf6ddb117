/**
 * What trace-packet and get paths say, beside captures on the wire, in a lab that is up with our agent:
 * `npm run test:truth -- --seed N --cases N`.
 */
import {parseArgs} from 'node:util'
import {endQuietlyOnClosedPipe} from '../../src/commands/closed-pipe.ts'
import {AntctlError} from '../../src/model/errors.ts'
import {isUp} from '../../lab/lab.ts'
import {seeded} from '../long/sizes.ts'
import {truthCases} from './cases.ts'
import {type Outcome, tryCases} from './try-cases.ts'

endQuietlyOnClosedPipe()
const {values} = parseArgs({options: {seed: {type: 'string'}, cases: {type: 'string', default: '200'}}})
if (!isUp()) throw new AntctlError('MACHINE', 'there is no lab to look at', {remedy: ['npm run lab -- up --deploy']})
if (values.seed !== undefined) process.env['TEST_SEED'] = values.seed
const began = performance.now()
const outcomes: Outcome[] = []
// The case that is being tried ends first, so that what it has planted is taken away.
const stopped = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.abort())
for await (const outcome of tryCases(truthCases(Number(values.cases), seeded()))) {
  outcomes.push(outcome)
  say(`${outcome.wrong === undefined ? 'right' : 'WRONG'}  ${outcome.what}: ${outcome.verdict}`)
  for (const words of outcome.again ?? []) say(`       at first: ${words}`)
  if (outcome.wrong !== undefined) say(`       ${outcome.wrong}`)
  if (stopped.signal.aborted) break
}
const wrong = outcomes.filter((outcome) => outcome.wrong !== undefined).length
const lost = outcomes.filter(({truth}) => !(truth.arrived && truth.answered && truth.fits)).length
say(
  `${outcomes.length} cases, ${lost} of them not delivered whole, ${wrong} wrong; ${((performance.now() - began) / 1000).toFixed(0)} s`,
)
process.exitCode = wrong === 0 && outcomes.length > 0 ? 0 : 1

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
