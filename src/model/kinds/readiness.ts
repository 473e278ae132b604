import { type Condition, getCondition } from '../condition.ts'
import type { KubeObject } from '../object.ts'

/**
 * Whether something may be counted on, and why not.
 *
 * @category Objects
 */
export interface Readiness {
  readonly ready: boolean
  /** A sentence for people. */
  readonly message: string
}

/**
 * Whether an object of ours is ready: its outcome must be of its present generation, and it must not be terminating. The
 * success of an older generation says nothing of this one.
 *
 * @category Objects
 */
export function readinessOf(object: KubeObject | undefined): Readiness {
  if (object === undefined) return { ready: false, message: 'it does not exist' }
  if (object.metadata.deletionTimestamp !== undefined) return { ready: false, message: 'it is being deleted' }
  const status = object.status as { readonly observedGeneration?: number; readonly conditions?: readonly Condition[] } | undefined
  const { generation } = object.metadata
  if (status?.observedGeneration !== generation) {
    return { ready: false, message: `its outcome is of generation ${status?.observedGeneration ?? 'none'}, it is at ${generation}` }
  }
  const condition = getCondition(status?.conditions, 'Ready')
  return { ready: condition?.status === 'True', message: condition?.message ?? 'nothing is known of it yet' }
}
