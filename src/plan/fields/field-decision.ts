import type { FieldAuthor } from '../../model/field-author.ts'

/**
 * What a rule decided about one field of which the cluster has another value than the source.
 *
 * @category Plans
 */
export interface FieldDecision {
  /** As the API server writes it: `.spec.replicas`. */
  readonly path: string
  /**
   * - `force`: the value of the source is applied.
   * - `adopt`: the live value is applied, so that the field stays as it is and belongs to the Sync too.
   * - `strip`: the field is left out, and stays what the other manager made it.
   */
  readonly action: 'force' | 'adopt' | 'strip'
  /** What decided: `spec.ignore[0]`, `spec.conflicts[1]`, the key of an annotation, or `contention`. */
  readonly rule: string
  /** Who wrote the live value, if that is known. */
  readonly author?: FieldAuthor | undefined
}
