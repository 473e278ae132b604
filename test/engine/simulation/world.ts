import type { Violation } from './violation.ts'

/** A world of one seed. */
export interface World {
  /** What has been seen that must not be. */
  readonly violations: readonly Violation[]
  readonly faults: number
  readonly attempts: number
  begin(): Promise<void>
  /** Something happens, and time passes. */
  step(): Promise<void>
  /** The faults end, and everything comes to what is wanted. */
  end(): Promise<void>
  stop(): Promise<void>
}
