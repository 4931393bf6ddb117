import type {RefusalRow} from './row.ts'

/** Texts that are no configuration. */
export const formRefusals = {
  'config-missing': {
    by: 'both',
    sentence: 'ConfigMap kube-system/antrea-config has no key antrea-agent.conf',
    cause: 'Without it nobody knows whether defaults are meant.',
    remedy: ['kubectl apply -f deploy/antrea.yml', '{edit}'],
  },
  'too-large': {
    by: 'ours',
    sentence: 'it is longer than {largest} bytes',
    cause: 'Reading it would keep the agent from its work.',
    remedy: ['{edit}'],
  },
  'not-yaml': {
    by: 'both',
    sentence: 'it cannot be read: {why}',
    cause: 'Nothing of a text that is read by half may be followed.',
    remedy: ['{edit}'],
  },
  'key-unknown': {
    by: 'ours',
    sentence: '{key} is not a key, the nearest is {nearest}',
    cause: 'Upstream goes on with the default, so that a typing error stays unseen.',
    remedy: ['write {nearest} or take {key} out: {edit}'],
  },
  'gate-unknown': {
    by: 'ours',
    sentence: '{key} is not a feature gate, the nearest is {nearest}',
    cause:
      'A feature would stay off or on against the wish of who wrote it; upstream refuses those that its version does not know.',
    remedy: ['write {nearest} or take {key} out: {edit}'],
  },
  'value-wrong': {
    by: 'both',
    sentence: '{key} must be {expected}, not {value}',
    cause: 'The agent would have to guess what is meant.',
    remedy: ['correct {key}: {edit}'],
  },
  'key-twice': {
    by: 'ours',
    sentence: '{key} is an old spelling of {known}, and both are there with other values',
    cause: 'One of the two would be ignored.',
    remedy: ['take {key} out: {edit}'],
  },
  'cluster-wide': {
    by: 'ours',
    sentence: '{key} is the same on all Nodes and cannot be set for one',
    cause: 'Nodes that differ in it do not understand each other.',
    remedy: ['take {key} out of the AntreaNodeConfig and set it for all: {edit}'],
  },
} as const satisfies Record<string, RefusalRow>
