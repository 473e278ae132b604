import { formatDuration } from '../../model/duration.ts'
import type { RolloutSpec, StagedSpec, StageSpec } from '../../model/kinds/module/types.generated.ts'
import type { CanonicalStrategy } from './canonical.ts'
import type { RolloutStrategy } from './rollout-strategy.ts'
import type { FailureTolerance, Stage } from './stage.ts'

/** The data of any strategy: its own if it has some, otherwise the stages it compiles to. */
export function rolloutSpecOf(strategy: RolloutStrategy | { readonly toJSON: () => RolloutSpec }): RolloutSpec {
  return 'toJSON' in strategy ? strategy.toJSON() : { staged: stagedSpecOf(strategy.compile()) }
}

/** A strategy in its canonical form as data: durations and times as text. */
export function stagedSpecOf({ stages, supersede, maxFailures, ...same }: CanonicalStrategy): StagedSpec {
  return {
    ...same,
    ...toleranceSpec(maxFailures),
    ...(supersede === undefined ? {} : { supersede: { ...supersede, minRunTime: durationSpec(supersede.minRunTime) } }),
    stages: stages.map(stageSpec),
  }
}

function stageSpec({
  targets,
  maxFailures,
  maxStarts,
  minReady,
  soak,
  progressDeadline,
  windows,
  checks,
  retry,
  ...same
}: Stage): StageSpec {
  return {
    ...same,
    clusters: targets,
    ...toleranceSpec(maxFailures),
    ...(maxStarts === undefined ? {} : { maxStarts: { ...maxStarts, per: formatDuration(maxStarts.per) } }),
    minReady: durationSpec(minReady),
    soak: durationSpec(soak),
    progressDeadline: durationSpec(progressDeadline),
    retry: retry && { ...retry, backoff: formatDuration(retry.backoff), maxBackoff: durationSpec(retry.maxBackoff) },
    checks: checks?.map(({ maxPending, ...check }) => ({ ...check, maxPending: durationSpec(maxPending) })),
    windows: windows?.map(({ from, to }) => ({ from: new Date(from).toISOString(), to: new Date(to).toISOString() })),
  }
}

function toleranceSpec(tolerance: FailureTolerance | undefined): Pick<StageSpec, 'maxFailures' | 'maxFailureRate'> {
  return typeof tolerance === 'object' ? { maxFailureRate: tolerance } : { maxFailures: tolerance }
}

function durationSpec(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : formatDuration(ms)
}
