/** On the running lab, with routes of the fabric: how long each change of mode takes, on a Node and from end to end. */
import {antctlOk} from '../test/e2e/cluster.ts'
import {fabric} from '../test/e2e/fabric.ts'
import {change, type Changed, everyChange, nameOf} from '../test/long/mode-changes.ts'
import {machine, milliseconds, percentile} from './figures.ts'

/** Milliseconds that a change may take on one Node. */
const bar = 1_000
const rounds = Number(process.argv[2] ?? 5)
const all: Changed[] = []

await fabric('replace')
try {
  await antctlOk('set-mode', 'encap', '--yes')
  for (let round = 0; round < rounds; round += 1) for (const next of everyChange) all.push(await change(next))
} finally {
  await antctlOk('set-mode', 'encap', '--yes')
  await fabric('del')
}

const onNodes = (runs: readonly Changed[]) => runs.flatMap(({nodes}) => Object.values(nodes))
for (const name of new Set(all.map(nameOf))) {
  const runs = all.filter((one) => nameOf(one) === name)
  const whole = percentile(
    runs.map((one) => one.whole),
    0.5,
  )
  console.log(
    `${name.padEnd(18)} on a Node ${milliseconds(onNodes(runs))}; the whole command p50 ${(whole / 1000).toFixed(2)} s`,
  )
}
const slowest = Math.max(...onNodes(all))
console.log(
  `slowest on a Node: ${slowest.toFixed(0)} ms, which is ${(slowest / bar).toFixed(2)} of the ${bar} ms that it may take`,
)
console.log(machine())
