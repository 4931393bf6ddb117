import type {Fate} from '../src/model/config/fate.ts'
import {gates} from '../src/model/config/feature-gates.ts'
import {clusterWide} from '../src/model/config/keys.ts'
import {leaves} from '../src/model/config/outline.ts'
import {spellings} from '../src/model/config/spellings.ts'
import {refusalChapters} from '../src/model/refusals/table.ts'
import {editConfig, type RefusalRow} from '../src/model/refusals/row.ts'
import {type Outside, podMtu, tunnelTypeNames} from '../src/model/tunnel.ts'
import {grid} from './docs-grid.ts'

export function configurationPage(): string {
  return [
    '# antrea-agent.conf',
    '',
    'Printed from `src/model/config` by `scripts/docs.ts`. The keys are those of upstream Antrea; `logVerbosity` is ours.',
    'They stand in ConfigMap `kube-system/antrea-config`. An empty value stands for the default. A key that is not in this list',
    'is refused: see [refusals](refusals.md). Those marked with * are the same on all Nodes; the others are made to be set for',
    'a single Node, too.',
    '',
    ...grid(
      ['Key', 'Value', 'Default', 'This agent'],
      leaves().map(({path, says, fallback, fate}) => [
        `\`${path}\`${clusterWide.includes(path) ? ' *' : ''}`,
        says,
        `\`${JSON.stringify(fallback)}\``,
        fateText(fate),
      ]),
    ),
    '',
    '## What a change loses',
    '',
    'Of packets between Pods, Nodes and the outside; keys that are not here have no effect, or one value.',
    '',
    ...grid(
      ['Key', 'A change is taken up', 'and loses'],
      leaves().flatMap(({path, fate}) =>
        fate !== undefined && 'obeyed' in fate
          ? [
              [
                `\`${path}\``,
                fate.obeyed === 'live' ? 'while the agent runs' : 'at the next start of the agent',
                fate.cost,
              ],
            ]
          : [],
      ),
    ),
    '',
    'From the ConfigMap, or for one Node from its AntreaNodeConfig. `antctl set-mode MODE --dry-run` names Nodes that differ from',
    'the ConfigMap, `antctl get agentinfo NODE -o yaml` has every value in force with its source.',
    '',
    '## What Pods may send',
    '',
    'Bytes of an IP packet where the transport interface takes 1500 and `defaultMTU` is 0, in encap; hybrid keeps as much free as encap.',
    '',
    ...grid(
      ['`tunnelType`', '`tunnelCsum`', 'Nodes with IPv4 alone', 'Nodes with IPv6'],
      tunnelTypeNames.flatMap((tunnelType) =>
        [false, true].map((csum) => mtuRow({mode: 'encap', tunnelType, tunnelCsum: csum})),
      ),
    ),
    '',
    'noEncap: 1500 always. gre between Nodes with IPv6 is refused.',
    '',
    '## Feature gates',
    '',
    'Names are checked; what this agent has is on without a gate.',
    '',
    ...grid(
      ['Gate', 'Stage upstream', 'Default upstream'],
      Object.entries(gates).map(([name, {stage, on}]) => [name, stage, on ? 'on' : 'off']),
    ),
    '',
    '## Other spellings',
    '',
    'Read with a warning.',
    '',
    ...grid(
      ['Written', 'Read as'],
      Object.entries(spellings).map(([old, known]) => [`\`${old}\``, `\`${known}\``]),
    ),
    '',
  ].join('\n')
}

function mtuRow(tunnel: Omit<Outside, 'outer'>): readonly (string | number)[] {
  const sent = (outer: readonly (4 | 6)[]) => podMtu({...tunnel, outer}, {mtu: 1500, defaultMTU: 0})
  return [tunnel.tunnelType, String(tunnel.tunnelCsum), sent([4]), sent([4, 6])]
}

export function refusalsPage(): string {
  return [
    '# What is refused, and why',
    '',
    'Printed from `src/model/refusals` by `scripts/docs.ts`. The agent refuses these and goes on with the configuration that',
    'it had (condition ConfigValid, an event, not ready); `antctl` refuses to write them. *Both*: upstream Antrea refuses it,',
    "too, or cannot run it. Words in braces are the configuration's own.",
    '',
    ...Object.entries(refusalChapters).flatMap(([chapter, rows]) => [
      `## ${chapter}`,
      '',
      ...Object.entries<RefusalRow>(rows).flatMap(([id, row]) => refusal(id, row)),
    ]),
  ].join('\n')
}

function refusal(id: string, {sentence, cause, remedy, by}: RefusalRow): readonly string[] {
  const who = {both: 'Both.', ours: 'Ours alone.', upstream: 'Upstream alone.'}[by]
  const remedies = remedy.map((text) => `- ${text.replaceAll('{edit}', `\`${editConfig}\``)}`)
  return [`### ${id}`, '', `**${sentence}.** ${cause} ${who}`, '', ...remedies, '']
}

function fateText(fate: Fate | undefined): string {
  if (fate === undefined) return ''
  if ('obeyed' in fate) return fate.obeyed === 'live' ? 'follows while it runs' : 'reads it at its start'
  if ('ignored' in fate) return `no effect: ${fate.ignored}`
  if ('later' in fate) return `no effect: ${fate.later} is not available yet`
  if ('refusedBy' in fate) return `no other value yet: [${fate.refusedBy}](refusals.md#${fate.refusedBy})`
  return `no other value: ${fate.fixed}`
}
