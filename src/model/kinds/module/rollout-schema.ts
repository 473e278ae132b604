import { duration, text } from '../../schema/fields.ts'
import type { Schema } from '../../schema/schema.ts'
import { selectorSchema } from '../../schema/validate-selector.ts'

type Fields = Readonly<Record<string, Schema>>
/** What several strategies and stages can say. */
type Part = Schema & { readonly properties: Fields }

const amount = (description: string): Schema => ({
  type: 'int-or-string',
  description,
  minimum: 0,
  maximum: 1_000_000,
  maxLength: 16,
  pattern: '^(all|(100(\\.0{1,6})?|[0-9]{1,2}(\\.[0-9]{1,6})?)%)$',
  accepts: 'a whole number from 0, a percentage from 0% to 100%, or all',
})
const count = (description: string, minimum: number): Schema => ({ type: 'integer', description, minimum, maximum: 1_000_000 })
const percent = (description: string): Schema => ({ type: 'integer', description, minimum: 0, maximum: 100 })
const label = (description: string): Schema => ({ ...text(description), minLength: 1, maxLength: 317 })
const toggle = (description: string): Schema => ({ type: 'boolean', description })
const part = (typeName: string, description: string, properties: Fields, parents: readonly Part[] = []): Part => ({
  type: 'object',
  typeName,
  description,
  properties,
  extends: parents,
})

const stageProgress: Part = part(
  'StageProgressSpec',
  'How a stage proceeds: when a cluster is done or has failed, and when the stage is complete.',
  {
    maxFailures: amount(
      'More failures than this halt the rollout. 0, as when absent: the first failure does; all: none does. Percentage of the members: rounded down.',
    ),
    maxFailureRate: {
      type: 'object',
      typeName: 'FailureRate',
      description: 'Instead of maxFailures: a larger share of failures among the finished members halts the rollout.',
      required: ['percent', 'minSample'],
      properties: {
        percent: percent('The share that must be exceeded, in percent.'),
        minSample: count('How many members must have finished before the share counts.', 1),
      },
    },
    minReady: duration('How long a cluster must have been ready before it counts as done. Absent or 0s: it counts at once.'),
    soak: duration('How long the stage waits once it is complete. Absent or 0s: not at all.'),
    approvals: count('How many people must approve before the stage begins. Absent or 0: no one.', 0),
    progressDeadline: duration('How long a cluster may take, from its last step forward, before it counts as failed. Absent: for ever.'),
    minDone: amount(
      'How many members must be done for the stage to be complete, unless all are unreachable. Percentage of the members: rounded up. 0: none; all: each. Default 1.',
    ),
    maxDeferred: amount(
      'How many members may be unreachable and left for later. Percentage of the members: rounded down. 0: none. Default all.',
    ),
    maxLost: amount(
      'How many members may be lost: unreachable since they were started, until their deadline. More halt the rollout. Percentage of the members: rounded down. all: any number. Default 0.',
    ),
    windows: {
      type: 'array',
      description: 'Clusters are started only within these. Absent: at any time. An empty list: never.',
      maxItems: 256,
      'x-kubernetes-list-type': 'atomic',
      items: {
        type: 'object',
        typeName: 'StageWindow',
        description: 'An interval of time.',
        required: ['from', 'to'],
        properties: {
          from: { ...text('Its first instant, as RFC 3339.'), format: 'date-time', maxLength: 64 },
          to: { ...text('The first instant after it, as RFC 3339.'), format: 'date-time', maxLength: 64 },
        },
      },
    },
  },
)

const sortBy: Schema = {
  type: 'array',
  description: 'The order of the clusters. Those that are down already always go first; ties are broken by id.',
  maxItems: 8,
  'x-kubernetes-list-type': 'atomic',
  items: {
    type: 'object',
    typeName: 'SortKeySpec',
    description: 'Orders clusters by a label.',
    required: ['label'],
    properties: {
      label: label('The key of the label.'),
      as: {
        type: 'string',
        enum: ['text', 'number'],
        description: 'How its values compare: as text, by code points, or as numbers, with other values last. Default text.',
      },
      order: { type: 'string', enum: ['ascending', 'descending'], description: 'Default ascending.' },
    },
  },
}

const stageLimits: Part = part(
  'StageLimitsSpec',
  'How fast a stage proceeds.',
  {
    maxUnavailable: amount(
      'How many reachable members may be not ready at once; one that is down already costs nothing. Percentage of the members (with within, of the group): rounded down, at least 1. 0: only those that are down are started; all: any number.',
    ),
    maxConcurrency: amount(
      'How many members may be updating at once, to whatever version. Percentage of the members: rounded down, at least 1. 0: none is started. Default all.',
    ),
    within: label('A label: maxUnavailable holds for each of its values by itself. The clusters without it are one group too.'),
    strict: toggle('Start only so many that, if all of them fail, the tolerance is exceeded by at most one. Default false.'),
    sortBy,
    ...stageProgress.properties,
  },
  [stageProgress],
)

const stageMembers: Part = part('StageMembersSpec', 'Which clusters a stage takes.', {
  selector: { ...selectorSchema, description: 'Takes clusters by their labels. Absent: any.' },
  clusters: {
    type: 'array',
    description: 'Takes only clusters with these ids. Absent: any.',
    maxItems: 1000,
    'x-kubernetes-list-type': 'atomic',
    items: { ...text('The id of a cluster.'), minLength: 1, maxLength: 317 },
  },
  limit: amount(
    'Takes at most so many of them, the first in order. Percentage of the clusters that fit: rounded down, at least 1. 0: none. Default all.',
  ),
})

const policies: Part = part('RolloutPolicySpec', 'What holds for the rollout as a whole.', {
  supersede: {
    type: 'object',
    typeName: 'SupersedeSpec',
    description: 'What happens to the running version when a newer one is wanted. Absent: the newer one begins at once.',
    required: ['mode'],
    properties: {
      mode: {
        type: 'string',
        enum: ['supersede', 'queue', 'finishStage'],
        description:
          'The newer one begins at once (supersede), after this one is finished (queue), or once the open stages have finished (finishStage).',
      },
      maxSupersedes: count('After so many versions in a row that none finished, the running one may finish. Absent: no limit.', 1),
      minRunTime: duration('How long a version runs before another may supersede it. Absent or 0s: no time.'),
    },
  },
  join: {
    type: 'string',
    enum: ['baseline', 'wait', 'wanted'],
    description:
      'What a cluster without the module gets when it joins a stage before its turn: the last good version, nothing yet, or the new one at once. Default baseline.',
  },
  onHalt: {
    type: 'string',
    enum: ['hold', 'revertFailed', 'revertAll'],
    description: 'What a halt leads to: nothing, the failed clusters are rolled back, or all that have the new version are. Default hold.',
  },
  correlate: {
    type: 'object',
    typeName: 'CorrelateSpec',
    description: 'When failures gather under one value of a label, only the clusters with that value are stopped.',
    required: ['labels', 'percent', 'minSample'],
    properties: {
      labels: {
        type: 'array',
        description: 'The labels to look at.',
        minItems: 1,
        maxItems: 16,
        'x-kubernetes-list-type': 'atomic',
        items: label('The key of a label.'),
      },
      percent: percent(
        'The share of failures among the finished clusters with the value, in percent, that must be exceeded, while the others do not exceed it.',
      ),
      minSample: count('How many clusters with the value must have finished before anything is concluded.', 1),
    },
  },
  maxDeletions: amount(
    'How many removals may go on at once. Percentage of the clusters that have the module, or are to have it: rounded down, at least 1. 0: none; all: any number. Default 10%.',
  ),
  forgetDeselected: toggle('Whether failures of clusters that are no longer selected stop counting. Default false.'),
  fastRollback: toggle('Whether a rollback to a version that was good skips soak and approvals. Default true.'),
})

const allAtOnce: Schema = {
  type: 'object',
  typeName: 'AllAtOnceSpec',
  extends: [stageProgress, policies],
  description: 'Every cluster at once.',
  properties: { ...stageProgress.properties, ...policies.properties },
}
const oneAtATime: Schema = {
  type: 'object',
  typeName: 'OneAtATimeSpec',
  extends: [stageProgress, policies],
  description: 'One cluster after the other, and only while every other reachable one is ready.',
  properties: { sortBy, ...stageProgress.properties, ...policies.properties },
}
const rolling: Schema = {
  type: 'object',
  typeName: 'RollingSpec',
  extends: [stageLimits, policies],
  description: 'As many clusters at a time as may be unavailable.',
  required: ['maxUnavailable'],
  properties: { ...stageLimits.properties, ...policies.properties },
}
const staged: Schema = {
  type: 'object',
  typeName: 'StagedSpec',
  extends: [policies],
  description: 'One stage after the other. A cluster belongs to the first stage that takes it.',
  required: ['stages'],
  properties: {
    stages: {
      type: 'array',
      description: 'The stages in their order.',
      minItems: 1,
      maxItems: 64,
      'x-kubernetes-list-type': 'atomic',
      items: {
        type: 'object',
        typeName: 'StageSpec',
        extends: [stageMembers, stageLimits],
        description: 'One stage: the clusters it takes, and how it proceeds.',
        required: ['name'],
        properties: {
          name: {
            ...text('Unique among the stages. Not rest: that is the stage of the clusters that no other takes.'),
            minLength: 1,
            maxLength: 63,
            pattern: '^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$',
            accepts: 'at most 63 letters, digits, -, _ and ., beginning and ending with a letter or digit',
          },
          ...stageMembers.properties,
          ...stageLimits.properties,
          maxUnavailable: {
            ...(stageLimits.properties.maxUnavailable as Schema),
            description: `${stageLimits.properties.maxUnavailable?.description} Default all.`,
          },
        },
      },
    },
    rest: {
      type: 'string',
      enum: ['last', 'reject'],
      description:
        'Clusters that no stage takes: they get a last stage with the limits of the one before, or the rollout is refused. Default last.',
    },
    maxFailures: amount(
      'More failures than this, over all stages, halt the rollout. 0: the first does; all, as when absent: only the stages count. Percentage of the clusters: rounded down.',
    ),
    maxFailureRate: {
      ...(stageProgress.properties.maxFailureRate as Schema),
      description: 'Instead of maxFailures: the same as a share, over all stages.',
    },
    ...policies.properties,
  },
}

const simple: Fields = { allAtOnce, oneAtATime, rolling, staged }

/** The schema of a rollout strategy as data. */
export const rolloutSchema: Schema = {
  type: 'object',
  typeName: 'RolloutSpec',
  description: 'How a version goes out to the clusters.',
  exactlyOneOf: ['allAtOnce', 'oneAtATime', 'rolling', 'staged', 'canary'],
  properties: {
    ...simple,
    canary: {
      type: 'object',
      typeName: 'CanarySpec',
      extends: [stageMembers, stageLimits, policies],
      description: 'A few clusters first, and then the others. Without selector, clusters and limit: one cluster first.',
      properties: {
        ...stageMembers.properties,
        ...stageLimits.properties,
        maxUnavailable: {
          ...(stageLimits.properties.maxUnavailable as Schema),
          description: `${stageLimits.properties.maxUnavailable?.description} Default all.`,
        },
        next: {
          type: 'object',
          typeName: 'CanaryNextSpec',
          description:
            'How the others follow. What it says of the rollout as a whole holds where the canary says nothing. Absent: all at once.',
          exactlyOneOf: Object.keys(simple),
          properties: simple,
        },
        ...policies.properties,
      },
    },
  },
}
