// Made from the schema by `npm run generate`; do not edit.
import type { JsonObject } from '../../object.ts'

/**
 * What is remembered of the rollout of a Module.
 *
 * @category Rollout
 */
export interface StoredRolloutSpec {
  /** The Module, in the same namespace. */
  readonly module: string
  /** The state of the rollout, as planRollout takes it. What is lost of it is recovered from what the clusters have. */
  readonly state: JsonObject
}

/**
 * Nothing: how far the rollout has come is in the status of its Module.
 *
 * @category Rollout
 */
export type StoredRolloutStatus = Readonly<Record<string, never>>
