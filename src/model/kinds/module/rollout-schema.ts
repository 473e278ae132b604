import { duration } from '../../schema/fields.ts'
import type { Schema } from '../../schema/schema.ts'
import { selectorSchema } from '../../schema/validate-selector.ts'

type Fields = Readonly<Record<string, Schema>>
/** What several strategies and stages can say. */
type Part = Schema & { readonly properties: Fields }

const amount: Schema = {
  type: 'int-or-string',
  minimum: 0,
  maximum: 1_000_000,
  maxLength: 16,
  pattern: '^(all|(100(\\.0{1,6})?|[0-9]{1,2}(\\.[0-9]{1,6})?)%)$',
  accepts: 'a whole number from 0, a percentage from 0% to 100%, or all',
}
const atLeast = (minimum: number): Schema => ({ type: 'integer', minimum, maximum: 1_000_000 })
const percent: Schema = { type: 'integer', minimum: 0, maximum: 100 }
const label: Schema = { type: 'string', minLength: 1, maxLength: 317 }
const name: Schema = {
  type: 'string',
  minLength: 1,
  maxLength: 63,
  pattern: '^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$',
  accepts: 'at most 63 letters, digits, -, _ and ., beginning and ending with a letter or digit',
}
const time: Schema = { type: 'string', format: 'date-time', maxLength: 64 }
const toggle: Schema = { type: 'boolean' }
const part = (typeName: string, properties: Fields, parents: readonly Part[] = []): Part => ({
  type: 'object',
  typeName,
  properties,
  extends: parents,
})

const failureRate: Schema = {
  type: 'object',
  typeName: 'FailureRate',
  required: ['percent', 'minSample'],
  properties: { percent, minSample: atLeast(1) },
}

const stageProgress: Part = part('StageProgressSpec', {
  maxFailures: amount,
  maxFailureRate: failureRate,
  weighted: toggle,
  maxStarts: {
    type: 'object',
    typeName: 'StartLimitSpec',
    required: ['limit', 'per'],
    properties: { limit: amount, per: duration(undefined, { minimum: '1ms' }) },
  },
  minReady: duration(),
  soak: duration(),
  approvals: atLeast(0),
  progressDeadline: duration(undefined, { minimum: '1ms' }),
  minDone: amount,
  maxDeferred: amount,
  maxLost: amount,
  onFailure: { type: 'string', enum: ['hold', 'revert'] },
  retry: {
    type: 'object',
    typeName: 'RetrySpec',
    required: ['limit', 'backoff'],
    properties: { limit: { type: 'integer', minimum: 1, maximum: 100 }, backoff: duration(), maxBackoff: duration() },
  },
  requireSuccess: toggle,
  checks: {
    type: 'array',
    maxItems: 16,
    'x-kubernetes-list-type': 'atomic',
    items: {
      type: 'object',
      typeName: 'StageCheckSpec',
      required: ['name'],
      properties: {
        name,
        maxPending: duration(),
        onFail: { type: 'string', enum: ['halt', 'revertFailed', 'revertAll'] },
      },
    },
  },
  windows: {
    type: 'array',
    maxItems: 256,
    'x-kubernetes-list-type': 'atomic',
    items: {
      type: 'object',
      typeName: 'StageWindow',
      required: ['from', 'to'],
      properties: {
        from: time,
        to: time,
      },
    },
  },
})

const sortBy: Schema = {
  type: 'array',
  maxItems: 8,
  'x-kubernetes-list-type': 'atomic',
  items: {
    type: 'object',
    typeName: 'SortKeySpec',
    required: ['label'],
    properties: {
      label,
      as: {
        type: 'string',
        enum: ['text', 'number'],
      },
      order: { type: 'string', enum: ['ascending', 'descending'] },
    },
  },
}

const stageLimits: Part = part(
  'StageLimitsSpec',
  {
    maxUnavailable: amount,
    maxConcurrency: amount,
    within: label,
    strict: toggle,
    sortBy,
    ...stageProgress.properties,
  },
  [stageProgress],
)

const stageMembers: Part = part('StageMembersSpec', {
  selector: selectorSchema,
  clusters: {
    type: 'array',
    maxItems: 1000,
    'x-kubernetes-list-type': 'atomic',
    items: label,
  },
  limit: amount,
  limitBy: label,
  waves: { type: 'array', minItems: 1, maxItems: 16, 'x-kubernetes-list-type': 'atomic', items: amount },
})

const policies: Part = part('RolloutPolicySpec', {
  supersede: {
    type: 'object',
    typeName: 'SupersedeSpec',
    required: ['mode'],
    properties: {
      mode: {
        type: 'string',
        enum: ['supersede', 'queue', 'finishStage'],
      },
      maxSupersedes: atLeast(1),
      minRunTime: duration(),
    },
  },
  join: {
    type: 'string',
    enum: ['baseline', 'wait', 'wanted'],
  },
  onHalt: {
    type: 'string',
    enum: ['hold', 'revertFailed', 'revertAll'],
  },
  correlate: {
    type: 'object',
    typeName: 'CorrelateSpec',
    required: ['labels', 'percent', 'minSample'],
    properties: {
      labels: {
        type: 'array',
        minItems: 1,
        maxItems: 16,
        'x-kubernetes-list-type': 'atomic',
        items: label,
      },
      percent,
      minSample: atLeast(1),
    },
  },
  maxDeletions: amount,
  forgetDeselected: toggle,
  tracks: label,
  fastRollback: toggle,
})

const allAtOnce: Schema = {
  type: 'object',
  typeName: 'AllAtOnceSpec',
  extends: [stageProgress, policies],
  properties: { ...stageProgress.properties, ...policies.properties },
}
const oneAtATime: Schema = {
  type: 'object',
  typeName: 'OneAtATimeSpec',
  extends: [stageProgress, policies],
  properties: { sortBy, ...stageProgress.properties, ...policies.properties },
}
const rolling: Schema = {
  type: 'object',
  typeName: 'RollingSpec',
  extends: [stageLimits, policies],
  required: ['maxUnavailable'],
  properties: { ...stageLimits.properties, ...policies.properties },
}
const staged: Schema = {
  type: 'object',
  typeName: 'StagedSpec',
  extends: [policies],
  required: ['stages'],
  properties: {
    stages: {
      type: 'array',
      minItems: 1,
      maxItems: 64,
      'x-kubernetes-list-type': 'atomic',
      items: {
        type: 'object',
        typeName: 'StageSpec',
        extends: [stageMembers, stageLimits],
        required: ['name'],
        properties: {
          name,
          ...stageMembers.properties,
          ...stageLimits.properties,
        },
      },
    },
    rest: {
      type: 'string',
      enum: ['last', 'reject'],
    },
    maxFailures: amount,
    maxFailureRate: failureRate,
    ...policies.properties,
  },
}

const simple: Fields = { allAtOnce, oneAtATime, rolling, staged }

/** The schema of a rollout strategy as data. What its fields mean is in `rolloutDescriptions`. */
export const rolloutSchema: Schema = {
  type: 'object',
  typeName: 'RolloutSpec',
  exactlyOneOf: ['allAtOnce', 'oneAtATime', 'rolling', 'staged', 'canary'],
  properties: {
    ...simple,
    canary: {
      type: 'object',
      typeName: 'CanarySpec',
      extends: [stageMembers, stageLimits, policies],
      properties: {
        ...stageMembers.properties,
        ...stageLimits.properties,
        next: {
          type: 'object',
          typeName: 'CanaryNextSpec',
          exactlyOneOf: Object.keys(simple),
          properties: simple,
        },
        ...policies.properties,
      },
    },
  },
}
