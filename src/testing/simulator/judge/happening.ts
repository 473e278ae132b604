import type { RolloutPhase } from '../../../rollout/planner/plan.ts'

/** Something that has changed in a fleet, as its objects are stored. */
export type Happening =
  | { readonly what: 'joined' | 'left' | 'lost' | 'found' | 'relabelled'; readonly cluster: string }
  | { readonly what: 'assigned'; readonly pair: Pair; readonly before: Pair | undefined; readonly by: string }
  | { readonly what: 'taken'; readonly cluster: string; readonly module: string; readonly by: string }
  | { readonly what: 'ready' | 'failed' | 'gone'; readonly pair: Pair }
  | { readonly what: 'edited'; readonly cluster: string }
  | { readonly what: 'phase'; readonly module: string; readonly phase: RolloutPhase; readonly message: string }

/** A Module on a cluster that was assigned it. */
export interface Pair {
  readonly cluster: string
  readonly module: string
  /** The name of the ModuleRevision that was assigned last, and which assignment that was. */
  readonly revision: string
  readonly generation: number
  /** The newest assignment that had an outcome, and which. */
  readonly outcome: number
  readonly phase: 'Ready' | 'Failed' | undefined
  /** The revision of that outcome. */
  readonly has: string | undefined
  /** Whether the cluster is to have it, and is not to be rid of it. */
  readonly isAssigned: boolean
  /** Whether nothing of it is left. */
  readonly isGone: boolean
}

/** Whether what was assigned has no outcome yet. */
export function isUpdating({ isAssigned, outcome, generation }: Pair): boolean {
  return isAssigned && outcome < generation
}
