import {parseAgentConfig} from '../../model/agent-config.ts'
import type {Change, Journal} from '../../model/change.ts'
import {AntctlError} from '../../model/errors.ts'
import {names} from '../../model/names.ts'
import type {StoredNodeConfig} from '../../cluster/node-configs.ts'
import {textsOf} from '../upstream/legs.ts'
import {nodesOf, type OverrideStep} from './steps.ts'
import {contentsOf, sameContent, toldContent, valuesOf} from './wanted.ts'

/** Is the ConfigMap's text what this change left there? CHANGE_FOREIGN when somebody else wrote it. */
export function assertTextIsOurs(change: Change, journal: Journal, kind: OverrideStep['kind'], text: string): void {
  if (isOurs(change, journal, kind, text)) return
  const {plan} = change
  const last = journal.configTouched ? 'after' : 'before'
  throw new AntctlError(
    'CHANGE_FOREIGN',
    `somebody else changed ${names.configKey} in ConfigMap ${names.configMap} meanwhile; nothing of theirs is overwritten`,
    {
      remedy: [
        `antctl set-mode ${plan.from} goes back by the mode alone, and leaves the rest of the text as it is, once this change is done`,
        `kubectl -n ${names.namespace} get configmap ${names.changeRecord} -o jsonpath='{.data.${last}\\.conf}' is the text without that edit: with it, --resume and --undo go on`,
      ],
    },
  )
}

function isOurs(
  change: Change,
  {direction, configTouched}: Journal,
  kind: OverrideStep['kind'],
  text: string,
): boolean {
  const {before, after} = change.config
  if (change.plan.upstream !== undefined) return [before, after].includes(text) || textsOf(change).includes(text)
  if (direction === 'forward') {
    // Gone forward again: the ConfigMap may say it already.
    const texts = {nodes: configTouched ? [before, after] : [before], config: [before, after], restore: [after]}[kind]
    return texts.includes(text)
  }
  if (configTouched) return text === before || (kind !== 'restore' && text === after)
  // Never written by this change: only what the Nodes will follow again matters.
  const {trafficEncapMode, noSNAT} = parseAgentConfig(text)
  const values = valuesOf(change, 'back')
  return trafficEncapMode === values.trafficEncapMode && noSNAT === values.noSNAT
}

/** Are the AntreaNodeConfigs what they were, or what this change wrote? CHANGE_FOREIGN when somebody else wrote one. */
export function assertNodeConfigsAreOurs(
  change: Change,
  journal: Journal,
  kind: OverrideStep['kind'],
  found: ReadonlyMap<string, StoredNodeConfig>,
): void {
  if (change.plan.upstream !== undefined) return
  const foreign = nodesOf(change).filter((node) => {
    const content = found.get(node)?.content
    // What a Node was told stays until the ConfigMap says it.
    const row = journal.nodes[node]
    const isTold = row?.direction === journal.direction && row.state !== 'changing' && kind !== 'restore'
    if (isTold) return !sameContent(content, toldContent(change, journal, node))
    if (sameContent(content, change.nodeConfigs[node])) return false
    return !contentsOf(change, node).some((one) => sameContent(one, content))
  })
  const [first] = foreign
  if (first === undefined) return
  const more = foreign.length > 1 ? ` and of ${foreign.length - 1} more` : ''
  throw new AntctlError(
    'CHANGE_FOREIGN',
    `somebody else changed the AntreaNodeConfig of ${first}${more}; nothing of theirs is overwritten`,
    {
      remedy: [
        `kubectl get antreanodeconfig ${first} -o yaml`,
        'take that edit back, then antctl set-mode --resume or antctl set-mode --undo',
      ],
    },
  )
}
