import type { RolloutLogSpec } from '../../../model/kinds/rollout-log/types.generated.ts'
import type { LogEnd } from './log-end.ts'

/**
 * What was found of a chunk that is not as it was written.
 *
 * - `missing`: it is not there, nor is one that it was merged into.
 * - `edited`: it does not have the digest that it says it has.
 * - `invalid`: it is no chunk, or none of that name.
 * - `duplicate`: another one has its number.
 * - `unlinked`: it was written after another chunk than the one before it.
 *
 * @category RolloutLog
 */
export interface LogFinding {
  readonly found: 'missing' | 'edited' | 'invalid' | 'duplicate' | 'unlinked'
  /** The name of the chunk. */
  readonly name: string
  /** The last of several that are missing. */
  readonly through?: string | undefined
  /** What was found, for people. */
  readonly message: string
}

/**
 * A chunk that can be used.
 *
 * @category RolloutLog
 */
export interface LogChunk {
  readonly name: string
  readonly spec: RolloutLogSpec
  /** Whether the chunk before it is not known: it was deleted for its age, or a finding says what became of it. */
  readonly afterGap: boolean
}

/**
 * The log of a Module, or of the fleet, as far as it can be used.
 *
 * @category RolloutLog
 */
export interface FleetLog {
  /** The Module; the fleet when absent. */
  readonly module?: string | undefined
  /** What can be used, in the order in which it happened. */
  readonly chunks: readonly LogChunk[]
  /** The names of chunks that are in a merged one too, and were not deleted yet. */
  readonly leftovers: readonly string[]
  /** What cannot be used. */
  readonly unusable: readonly { readonly name: string; readonly seq: number }[]
  /** What is not as it was written. */
  readonly findings: readonly LogFinding[]
  /** Where the next event is appended. */
  readonly end: LogEnd
}
