import { parseDuration } from '../../model/duration.ts'
import type {
  CanarySpec,
  RetrySpec,
  RolloutSpec,
  StageCheckSpec,
  StagedSpec,
  StageSpec,
  SupersedeSpec,
} from '../../model/kinds/module/types.generated.ts'
import { parseTime } from '../../model/time.ts'
import type { CanonicalStrategy, SupersedePolicy } from './canonical.ts'
import type { Interval } from './interval.ts'
import type { FailureTolerance, RetryPolicy, Stage, StageCheck } from './stage.ts'

/** The names of the stages of the strategies that do not name any. */
const onlyStage = 'fleet'
const canaryStage = 'canary'

/** The fields that say something of the rollout as a whole. */
const policyFields = [
  'supersede',
  'join',
  'onHalt',
  'correlate',
  'maxDeletions',
  'forgetDeselected',
  'fastRollback',
  'rest',
  'tracks',
] as const
type Policies = Pick<StagedSpec, (typeof policyFields)[number]>
type FailureFields = Pick<StageSpec, 'maxFailures' | 'maxFailureRate'>

/** The canonical form of a strategy that is valid as data. */
export function compileRollout({ allAtOnce, oneAtATime, rolling, staged, canary }: RolloutSpec): CanonicalStrategy {
  if (canary !== undefined) return compileCanary(canary)
  if (staged !== undefined) {
    return { stages: staged.stages.map(compileStage), ...tolerance(staged), ...compilePolicies(staged) }
  }
  if (oneAtATime !== undefined) return oneStage({ ...oneAtATime, maxConcurrency: 1, maxUnavailable: 1 })
  return oneStage(rolling ?? allAtOnce ?? {})
}

function oneStage(spec: Omit<StageSpec, 'name'> & Policies): CanonicalStrategy {
  return { stages: [compileStage({ ...withoutPolicies(spec), name: onlyStage })], ...compilePolicies(spec) }
}

function compileCanary({ next = {}, ...spec }: CanarySpec): CanonicalStrategy {
  const followers = compileRollout(next)
  const chosen = spec.selector !== undefined || spec.clusters !== undefined || spec.limit !== undefined || spec.waves !== undefined
  const canary = compileStage({ ...withoutPolicies(spec), ...(chosen ? {} : { limit: 1 }), name: canaryStage })
  return { ...followers, ...compilePolicies(spec), stages: [canary, ...followers.stages] }
}

function compileStage(spec: StageSpec): Stage {
  const { clusters, maxStarts, minReady, soak, progressDeadline, windows, maxFailures, maxFailureRate, checks, retry, ...same } = spec
  return {
    ...same,
    ...(clusters === undefined ? {} : { targets: clusters }),
    ...tolerance({ maxFailures, maxFailureRate }),
    ...(maxStarts === undefined ? {} : { maxStarts: { ...maxStarts, per: milliseconds(maxStarts.per) } }),
    ...(minReady === undefined ? {} : { minReady: milliseconds(minReady) }),
    ...(soak === undefined ? {} : { soak: milliseconds(soak) }),
    ...(progressDeadline === undefined ? {} : { progressDeadline: milliseconds(progressDeadline) }),
    ...(windows === undefined ? {} : { windows: windows.map(interval) }),
    ...(retry === undefined ? {} : { retry: compileRetry(retry) }),
    ...(checks === undefined ? {} : { checks: checks.map(compileCheck) }),
  }
}

function compileRetry({ limit, backoff, maxBackoff }: RetrySpec): RetryPolicy {
  const policy = { limit, backoff: milliseconds(backoff) }
  return maxBackoff === undefined ? policy : { ...policy, maxBackoff: milliseconds(maxBackoff) }
}

function compileCheck({ maxPending, ...same }: StageCheckSpec): StageCheck {
  return maxPending === undefined ? same : { ...same, maxPending: milliseconds(maxPending) }
}

function compilePolicies(spec: Policies): Omit<CanonicalStrategy, 'stages'> {
  const { supersede, ...same } = Object.fromEntries(
    policyFields.map((field) => [field, spec[field]] as const).filter(([, value]) => value !== undefined),
  ) as Policies
  return supersede === undefined ? same : { ...same, supersede: compileSupersede(supersede) }
}

function withoutPolicies<Spec extends Policies>(spec: Spec): Omit<Spec, keyof Policies> {
  const policies: ReadonlySet<string> = new Set(policyFields)
  return Object.fromEntries(Object.entries(spec).filter(([field]) => !policies.has(field))) as Omit<Spec, keyof Policies>
}

function compileSupersede({ minRunTime, ...same }: SupersedeSpec): SupersedePolicy {
  return minRunTime === undefined ? same : { ...same, minRunTime: milliseconds(minRunTime) }
}

function tolerance({ maxFailures, maxFailureRate }: FailureFields): { readonly maxFailures?: FailureTolerance } {
  const failures = maxFailureRate ?? maxFailures
  return failures === undefined ? {} : { maxFailures: failures }
}

function milliseconds(duration: string): number {
  return parseDuration(duration) as number
}

function interval({ from, to }: { readonly from: string; readonly to: string }): Interval {
  return { from: parseTime(from) as number, to: parseTime(to) as number }
}
