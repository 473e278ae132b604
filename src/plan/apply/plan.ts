import type { FleetkitError } from '../../model/errors/error.ts'
import type { Owner } from '../../model/kinds/owner.ts'
import type { ObjectRef } from '../../model/reference.ts'
import { atOnce } from '../at-once.ts'
import type { Action, ActionType } from './action.ts'

/**
 * A reason not to begin at all.
 *
 * @category Plans
 */
export interface Refusal {
  readonly code: FleetkitError['code']
  readonly message: string
}

/**
 * What a plan does and will hardly last: another manager is going to write the same field again.
 *
 * @category Plans
 */
export interface PlanWarning {
  readonly code: 'contention'
  readonly ref: ObjectRef
  /** As the API server writes them: `.spec.replicas`. */
  readonly fields: readonly string[]
  /** The field manager of the Sync, and the other one, or the object that makes it write. */
  readonly managers: readonly [own: string, other: string]
  /** A sentence for people. */
  readonly message: string
}

/**
 * What is done with a plan of which a part is refused: nothing of it (`never`), or the rest (`continue`), which fails with
 * what is missing all the same.
 *
 * @category Plans
 */
export type PartialPolicy = 'never' | 'continue'

/**
 * Everything that applying one revision to one cluster will do, and why. Plain data: nothing has been touched.
 *
 * @category Plans
 */
export interface ApplyPlan {
  readonly sync: Owner
  /** The revision, as `tag@sha1:commit`. */
  readonly revision: string
  /** The revision that the objects in the cluster were last applied from, if one is known. */
  readonly revisionInCluster?: string | undefined
  readonly fieldManager: string
  /** In order; every object of a stage is applied, and defines what it defines, before the next stage begins. */
  readonly stages: readonly (readonly Action[])[]
  /** After all stages, in order. */
  readonly prunes: readonly Action[]
  /** Not empty: nothing of the plan may be carried out. */
  readonly refusals: readonly Refusal[]
  /** Fields that another manager will write again. None when absent. */
  readonly warnings?: readonly PlanWarning[] | undefined
  /** Objects that were found by their labels, because the record of what was applied is lost. */
  readonly recovered: readonly ObjectRef[]
  /** What is done when some of the actions are refused. The rest of them when absent. */
  readonly partial?: PartialPolicy | undefined
  /** What the inventory must hold before the first write: old and new together. */
  readonly inventoryBefore: readonly ObjectRef[]
  /** What it holds once everything has been carried out. */
  readonly inventoryAfter: readonly ObjectRef[]
}

/**
 * Every action of a plan, in the order in which they are carried out.
 *
 * @category Plans
 */
export function actionsOf(plan: ApplyPlan): readonly Action[] {
  return [...plan.stages.flat(), ...plan.prunes]
}

/**
 * How many actions of each type a plan has.
 *
 * @category Plans
 */
export function countActions(plan: ApplyPlan): Readonly<Record<ActionType, number>> {
  const counts: Record<ActionType, number> = { create: 0, update: 0, adopt: 0, replace: 0, prune: 0, skip: 0, refuse: 0 }
  for (const action of actionsOf(plan)) counts[action.type]++
  return counts
}

/**
 * Whether carrying out a plan would change the cluster.
 *
 * @category Plans
 */
export function hasChanges(plan: ApplyPlan): boolean {
  return actionsOf(plan).some(({ type }) => type !== 'skip' && type !== 'refuse')
}

/** A plan with other actions in its stages. */
export function mapStages<Plan extends ApplyPlan>(plan: Plan, change: (action: Action) => Action): Plan {
  return atOnce(mapStagesSteps(plan, change))
}

/** What a decision about one object takes, in characters read: some tens of microseconds. */
const stepOfObject = 1000

/** The steps of {@link mapStages}, for those who let others have a turn in between. */
export function* mapStagesSteps<Plan extends ApplyPlan>(plan: Plan, change: (action: Action) => Action): Generator<number, Plan> {
  return { ...plan, stages: yield* decideStages(plan.stages, change) }
}

/** What is decided about each object of some stages, a step for each. */
export function* decideStages<Given, Decided>(
  given: readonly (readonly Given[])[],
  decide: (object: Given) => Decided,
): Generator<number, Decided[][]> {
  const stages: Decided[][] = []
  for (const objects of given) {
    const stage: Decided[] = []
    for (const object of objects) {
      stage.push(decide(object))
      yield stepOfObject
    }
    stages.push(stage)
  }
  return stages
}
