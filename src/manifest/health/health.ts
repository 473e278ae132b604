import type { Json } from '../../model/object.ts'

/**
 * What an object's own status says of it, in the words of kstatus (sigs.k8s.io/cli-utils):
 * - `Current`: the live state is what the object asks for
 * - `InProgress`: a controller is still at it, or has not begun
 * - `Failed`: it will not get there without help
 * - `Suspended`: it is held back on purpose, and goes on only when it is let. Not a word of kstatus: only the profile `argo`
 *   and the caller's rules use it
 * - `Terminating`: it is being deleted
 * - `NotFound`: it does not exist
 * - `Unknown`: the status cannot be understood
 */
export type HealthStatus = 'Current' | 'InProgress' | 'Failed' | 'Suspended' | 'Terminating' | 'NotFound' | 'Unknown'

/** One field that decided a verdict. */
export interface HealthEvidence {
  /** Path of the field: `spec.replicas`, `status.conditions[type="Ready"]`. */
  readonly path: string
  /** What the field holds; `undefined` when it is absent. */
  readonly value: Json | undefined
}

/** The verdict over one object: what it is, by which rule, and from which fields. Plain JSON. */
export interface Health {
  readonly status: HealthStatus
  /** The rule that decided, as `deployment/updated-replicas`. Stable: for programs and counters. */
  readonly rule: string
  /** The verdict in a sentence, for people. */
  readonly message: string
  /** The fields that decided. */
  readonly evidence: readonly HealthEvidence[]
  /** Milliseconds since the epoch at which time alone changes the verdict; absent when it cannot. */
  readonly nextCheckAt?: number
}
