import type { FieldChange } from '../../manifest/fields/field-change.ts'
import type { ErrorCode } from '../../model/errors/error-codes.ts'
import type { FieldConflict } from '../../model/errors/field-conflict.ts'
import type { KubeObject } from '../../model/object.ts'
import type { ObjectRef } from '../../model/reference.ts'
import type { FieldDecision } from '../fields/field-decision.ts'

/**
 * What is to be done with one object.
 *
 * - `create`: it does not exist.
 * - `update`: it exists, is ours, and differs.
 * - `adopt`: it exists and belongs to no Sync; it becomes ours.
 * - `replace`: it is deleted and recreated, because an immutable field has to change and that was allowed.
 * - `prune`: it is deleted, because it is no longer in the source.
 * - `skip`: nothing is done, for a good reason.
 * - `refuse`: something should be done and must not be; the reason says what to decide.
 *
 * @category Plans
 */
export type ActionType = 'create' | 'update' | 'adopt' | 'replace' | 'prune' | 'skip' | 'refuse'

/**
 * Why an action was chosen; stable, for programs.
 *
 * @category Plans
 */
export type ReasonCode =
  | 'missing'
  | 'changed'
  | 'drifted'
  | 'not-owned'
  | 'immutable'
  | 'not-in-source'
  | 'sync-deleted'
  | 'unchanged'
  | 'disabled'
  | 'present'
  | 'gone'
  | 'terminating'
  | 'prune-off'
  | 'unconfirmed'
  | 'prune-disabled'
  | 'namespace-in-use'
  | 'definition-in-use'
  | 'itself'
  | 'same-object'
  | 'released'
  | 'claimed'
  | 'owned-by-other'
  | 'field-conflict'
  | 'field-rule'
  | 'unknown-kind'
  | 'invalid'

/**
 * Why an action was chosen.
 *
 * @category Plans
 */
export interface ActionReason {
  readonly code: ReasonCode
  /** A sentence for people. */
  readonly message: string
  /** With what error the cluster refused a dry-run. */
  readonly error?: ErrorCode | undefined
}

/**
 * A decision about one object, with its reason.
 *
 * @category Plans
 */
export interface Action {
  readonly type: ActionType
  readonly ref: ObjectRef
  readonly reason: ActionReason
  /**
   * `confirmed`: the cluster itself said so, to a dry-run. `predicted`: it follows from the live object as it was read, and where the cluster
   * forbids the dry-run, from its schema of the type.
   */
  readonly certainty: 'confirmed' | 'predicted'
  /** The fields that change, as far as they are known before; values of Secrets are not shown. */
  readonly changes: readonly FieldChange[]
  /** Who wants other values for which fields, when that matters. */
  readonly conflicts: readonly FieldConflict[]
  /** What rules decided about fields that have another value in the cluster: what is left to whom, and what is taken. */
  readonly decisions?: readonly FieldDecision[] | undefined
  /** JSON pointers to the fields of the object that `spec.ignore` leaves as they are, also to those that are as in the source now. */
  readonly ignored?: readonly string[] | undefined
  /** Whether fields are taken from other managers that want other values. */
  readonly force: boolean
  /** The former managers whose fields become those of the Sync, so that they go when they are no longer in the source. */
  readonly takeOver: readonly string[]
  /** The Sync that releases the object, as `ownerOf` names it. */
  readonly releasedBy?: string | undefined
  /** What is refused. */
  readonly refused?: Pick<Action, 'type' | 'reason'> | undefined
  /** What must be healthy before it is applied, or gone after it before that is deleted: `config.kubernetes.io/depends-on`. */
  readonly dependsOn?: readonly ObjectRef[] | undefined
  /** Where the object is written, e.g. `deploy/web.yaml:12`. Absent for one that is no longer in the source. */
  readonly origin?: string | undefined
  /** What is applied; absent for `prune`, and where nothing is. */
  readonly object?: KubeObject | undefined
  /** The uid of the object that was looked at: a deletion is of exactly that one. */
  readonly uid?: string | undefined
  /** The version of the Secret that was looked at, in a plan that conceals its values: that is how a change of them is seen. */
  readonly resourceVersion?: string | undefined
}
