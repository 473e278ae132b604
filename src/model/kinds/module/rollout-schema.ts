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

const stageProgress: Part = part('StageProgressSpec', 'What every stage can say of how it goes on.', {
  maxFailures: amount(
    'More failures than this halt the roll-out. 0, as when absent: the first failure does; all: none does. Percentage of the members: rounded down.',
  ),
  maxFailureRate: {
    type: 'object',
    typeName: 'FailureRate',
    description: 'Instead of maxFailures: a larger share of failures among the settled members halts the roll-out.',
    required: ['percent', 'minSample'],
    properties: {
      percent: percent('The share that must be exceeded, in percent.'),
      minSample: count('How many members must have settled before the share says anything.', 1),
    },
  },
  minReady: duration('How long a cluster must have been ready before it counts as done. Absent or 0s: it counts at once.'),
  soak: duration('How long the stage rests once it is complete. Absent or 0s: not at all.'),
  approvals: count('How many people must approve before the stage begins. Absent or 0: nobody.', 0),
  progressDeadline: duration('How long a cluster may take, from its last step forward, before it has failed. Absent: for ever.'),
  minDone: amount(
    'How many members must be done for the stage to be complete, unless none can be reached. Percentage of the members: rounded up. 0: none; all: each. Default 1.',
  ),
  maxDeferred: amount(
    'How many members may be out of reach and left for later. Percentage of the members: rounded down. 0: none. Default all.',
  ),
  maxLost: amount(
    'How many members may be lost: out of reach since they were started, until their deadline. More halt the roll-out. Percentage of the members: rounded down. all: any number. Default 0.',
  ),
  windows: {
    type: 'array',
    description: 'Clusters are started only within these. Absent: at any time. An empty list: never.',
    maxItems: 256,
    'x-kubernetes-list-type': 'atomic',
    items: {
      type: 'object',
      typeName: 'StageWindow',
      description: 'A stretch of time.',
      required: ['from', 'to'],
      properties: {
        from: { ...text('Its first instant, as RFC 3339.'), format: 'date-time', maxLength: 64 },
        to: { ...text('The first instant after it, as RFC 3339.'), format: 'date-time', maxLength: 64 },
      },
    },
  },
})

const sortBy: Schema = {
  type: 'array',
  description: 'The order of the clusters. Those that are down already go first in any case; at last, ids decide.',
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
        description: 'How its values compare: as text by code points, or as numbers, with what is none at the end. Default text.',
      },
      order: { type: 'string', enum: ['ascending', 'descending'], description: 'Default ascending.' },
    },
  },
}

const stageLimits: Part = part(
  'StageLimitsSpec',
  'What a stage can say that has a choice of how fast it goes.',
  {
    maxUnavailable: amount(
      'How many reachable members may be not ready at once; one that is down already costs nothing. Percentage of the members (with within, of the group): rounded down, at least 1. 0: only those that are down are started; all: any number.',
    ),
    maxConcurrency: amount(
      'How many members may be on their way at once, to whatever version. Percentage of the members: rounded down, at least 1. 0: none is started. Default all.',
    ),
    within: label('A label: maxUnavailable holds for each of its values by itself. The clusters without it are one group too.'),
    strict: toggle('Start only as many that, should all of them fail, the tolerance is exceeded by no more than one. Default false.'),
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

const policies: Part = part('RolloutPolicySpec', 'What a strategy can say of the roll-out as a whole.', {
  supersede: {
    type: 'object',
    typeName: 'SupersedeSpec',
    description: 'What becomes of a running version when a newer one comes. Absent: the newer one begins at once.',
    required: ['mode'],
    properties: {
      mode: {
        type: 'string',
        enum: ['supersede', 'queue', 'finishStage'],
        description:
          'The newer one begins at once (supersede), after this one is finished (queue), or after the open stages have settled (finishStage).',
      },
      maxSupersedes: count('After so many versions in a row that none finished, the running one may finish. Absent: no limit.', 1),
      minRunTime: duration('How long a version runs before another may take its place. Absent or 0s: no time.'),
    },
  },
  join: {
    type: 'string',
    enum: ['baseline', 'wait', 'target'],
    description:
      'What a cluster without the module gets that joins a stage before its turn: the last good version, nothing yet, or the new one at once. Default baseline.',
  },
  onHalt: {
    type: 'string',
    enum: ['hold', 'revertFailed', 'revertAll'],
    description:
      'What a halt leads to: nothing, the failed clusters go back to what they had, or all that have the new version do. Default hold.',
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
        'The share of failures among the settled clusters with the value, in percent, that must be exceeded, and must not be by the others.',
      ),
      minSample: count('How many clusters with the value must have settled before anything is concluded.', 1),
    },
  },
  maxDeletions: amount(
    'How many removals may go on at once. Percentage of the clusters that have the module, or are to have it: rounded down, at least 1. 0: none; all: any number. Default 10%.',
  ),
  forgetLeavers: toggle('Whether failures of clusters that have left no longer count. Default false.'),
  express: toggle('Whether going back to a version that was good skips soak and approvals. Default true.'),
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
  description: 'One cluster after the other, and only while every other one that can be reached is ready.',
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
        description: 'One stage: the clusters it takes, and how it goes on.',
        required: ['name'],
        properties: {
          name: {
            ...text('Unique among the stages, and not rest: so is the stage of the clusters called that no other takes.'),
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
        'Clusters that no stage takes: they get a last stage with the limits of the one before, or the roll-out is refused. Default last.',
    },
    maxFailures: amount(
      'More failures than this, over all stages, halt the roll-out. 0: the first does; all, as when absent: only the stages count. Percentage of the clusters: rounded down.',
    ),
    maxFailureRate: {
      ...(stageProgress.properties.maxFailureRate as Schema),
      description: 'Instead of maxFailures: the same as a share, over all stages.',
    },
    ...policies.properties,
  },
}

const simple: Fields = { allAtOnce, oneAtATime, rolling, staged }

/** The schema of a roll-out strategy as data. */
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
            'How the others follow. What it says of the roll-out as a whole holds where the canary says nothing. Absent: all at once.',
          exactlyOneOf: Object.keys(simple),
          properties: simple,
        },
        ...policies.properties,
      },
    },
  },
}
