import type { RemovalCause, StartCause } from './cause.ts'
import type { RolloutId } from './id.ts'
import type { Baseline, Halt, RecordedFailure, RecordedRetry } from './state.ts'

/** What can be decided, by type. */
export type Decision =
  | {
      readonly type: 'started'
      readonly rid: RolloutId
      /** Earlier than the event when it goes on from what it found. */
      readonly startedAt: number
      readonly baseline: Baseline
      readonly fastRollback: boolean
    }
  | { readonly type: 'queued'; readonly rid: RolloutId }
  | { readonly type: 'unqueued' }
  | {
      readonly type: 'opened'
      readonly stage: string
      readonly approvedBy: readonly string[]
      /** Whom a stage with a limit took. */
      readonly took?: readonly string[]
    }
  | { readonly type: 'failed'; readonly failure: RecordedFailure }
  | { readonly type: 'retrying'; readonly retry: RecordedRetry }
  | { readonly type: 'cohort-halted'; readonly cohort: string; readonly failed: number; readonly finished: number }
  | {
      readonly type: 'halted'
      readonly halt: Halt
      /** Of a halt by failures: how many there were, and how many are tolerated. */
      readonly failed?: number
      readonly tolerated?: string
    }
  | {
      readonly type: 'set'
      readonly target: string
      readonly version: string
      readonly why: StartCause
      /** Who let it go regardless of windows and freezes. */
      readonly emergency?: string
    }
  | { readonly type: 'removed'; readonly target: string; readonly why: RemovalCause }
  | { readonly type: 'waiting'; readonly since: number | null }
  | {
      readonly type: 'completed'
      /** How many targets failed, of all that finished. */
      readonly failed: number
      readonly finished: number
    }

/** One entry of the decision log, with the time it was decided at. The log is only ever appended to, and its sum is the state. */
export type RolloutEvent = {
  readonly at: number
  /** Of a strategy with tracks: the one in which it was decided, as `tenant=a`, or `!tenant` for the targets without the label. */
  readonly track?: string
} & Decision
