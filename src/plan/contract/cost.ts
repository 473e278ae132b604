import { isDefinition, type ObjectRef, typeKey } from '../../model/reference.ts'
import type { Action } from '../apply/action.ts'
import { outcomeOf } from '../apply/outcome.ts'
import { type ApplyPlan, hasChanges } from '../apply/plan.ts'
import { adoptsAny } from '../fields/keep-fields.ts'
import { pageSize } from './read-limits.ts'
import type { PlanCost } from './sync-plan.ts'

/** What the cost of a plan depends on beside the plan. */
export interface CostInput {
  /** Whether the record of the Sync is kept in the cluster itself. */
  readonly recordInCluster: boolean
  /** Whether the inventory of the record is what it must be before the first write. */
  readonly recorded: boolean
  /** The objects whose health is waited for. */
  readonly healthChecks: readonly ObjectRef[]
}

/** The object is read, and its managed fields are written. */
const requestsOfTakeOver = 2
const requestsOf: Readonly<Partial<Record<Action['type'], number>>> = {
  create: 1,
  update: 1,
  adopt: 1,
  // A dry-run of the new object, a look whose it is, a deletion, a look whether it is gone, and an apply.
  replace: 5,
}

/** Predicts what carrying out a plan takes. */
export function costOf(plan: ApplyPlan, { recordInCluster, recorded, healthChecks }: CostInput): PlanCost {
  const refused = outcomeOf(plan) === 'refused'
  const saves = !refused && (hasChanges(plan) || !recorded) ? 2 : 1
  const record = recordInCluster ? saves : 0
  return { requests: record + (refused ? 0 : requestsOfStages(plan) + (stops(plan) ? 0 : requestsAfter(plan, healthChecks))) }
}

/** Whether something is refused: no later stage is begun then, and nothing is pruned or waited for. */
function stops({ stages }: ApplyPlan): boolean {
  return stages.flat().some(({ type }) => type === 'refuse')
}

function requestsOfStages({ stages }: ApplyPlan): number {
  const last = stages.findIndex((stage) => stage.some(({ type }) => type === 'refuse'))
  const begun = last < 0 ? stages : stages.slice(0, last + 1)
  return sum(begun.map((stage, index) => sum(stage.map((action) => requestsOfApply(action, index !== last)))))
}

function requestsOfApply({ type, ref, takeOver, releasedBy, force, decisions = [] }: Action, waits: boolean): number {
  const taken = type !== 'replace' && (force || releasedBy !== undefined) ? 1 : 0
  const before = takeOver.length > 0 ? requestsOfTakeOver : taken
  // Live values that are applied are tried without force first.
  const tried = force && adoptsAny(decisions) ? 1 : 0
  const requests = requestsOf[type] === undefined ? 0 : requestsOf[type] + before + tried
  // A definition is read until it is established.
  return requests > 0 && waits && isDefinition(ref) ? requests + 1 : requests
}

function requestsAfter({ prunes }: ApplyPlan, healthChecks: readonly ObjectRef[]): number {
  const deleted = prunes.filter(({ type }) => type === 'prune').map(({ ref }) => ref)
  // They are looked at before, and looked for afterwards.
  return requestsOfReading(deleted, false) + deleted.length + requestsOfReading(deleted, true) + requestsOfReading(healthChecks, false)
}

/** How many requests reading objects of the Sync takes: one, or a list of a kind by its labels. Of those that are gone a list finds none. */
function requestsOfReading(refs: readonly ObjectRef[], gone: boolean): number {
  const kinds = [...Map.groupBy(refs, typeKey).values()]
  return sum(kinds.map(({ length }) => (gone ? 1 : Math.ceil(length / pageSize))))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
