import type { RolloutId } from './rollout-id.ts'
import type { StartCause } from './rollout-plan.ts'
import type { Baseline, Halt, RecordedFailure } from './rollout-state.ts'

/** One entry of the decision log. The log is only ever appended to, and its sum is the state. */
export type RolloutEvent = { readonly at: number } & (
  | {
      readonly type: 'started'
      readonly rid: RolloutId
      readonly startedAt: number
      readonly baseline: Baseline
      readonly express: boolean
    }
  | { readonly type: 'queued'; readonly rid: RolloutId }
  | { readonly type: 'unqueued' }
  | { readonly type: 'opened'; readonly stage: string; readonly approvedBy: readonly string[] }
  | { readonly type: 'failed'; readonly failure: RecordedFailure }
  | { readonly type: 'forgotten'; readonly clusters: readonly string[] }
  | { readonly type: 'cohort-halted'; readonly cohort: string; readonly failed: number; readonly settled: number }
  | { readonly type: 'halted'; readonly halt: Halt; readonly failed: number; readonly tolerated: number }
  | {
      readonly type: 'set'
      readonly cluster: string
      readonly version: string
      readonly why: StartCause
      readonly emergency?: string | undefined
    }
  | { readonly type: 'removed'; readonly cluster: string; readonly why: 'absent' | 'left' | 'revert' }
  | { readonly type: 'waiting'; readonly since: number | null }
  | { readonly type: 'completed' }
)
