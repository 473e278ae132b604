import { describeValue, type Problem } from '../../../model/errors/problem.ts'
import { isMap } from '../../../model/json/value.ts'
import { validateSelector } from '../../../model/schema/validate-selector.ts'
import { limitRule, resolveAmount } from '../../strategy/amount.ts'
import { withoutNulls } from '../../without-nulls.ts'
import type { SharedRollouts } from '../input.ts'
import { isOptional } from './is-optional.ts'

/** What rollouts share, and the priority of each, as the planner takes them; and what is wrong with them. */
interface ReadShared extends Pick<SharedRollouts, 'budgets'> {
  readonly patience: number
  readonly priorities: readonly number[]
  readonly problems: readonly Problem[]
}

/** Reads what rollouts share as it may come from JSON. */
export function readShared({ rollouts, budgets: given, patience }: SharedRollouts): ReadShared {
  const budgets = withoutNulls(given)
  const priorities = rollouts.map(({ priority }) => priority ?? 0)
  const problems = [
    ...(Array.isArray(budgets)
      ? budgets.flatMap(budgetProblems)
      : [{ path: 'budgets', found: describeValue(budgets), accepted: 'a list' }]),
    ...(isOptional(patience, (value) => typeof value === 'number' && value >= 0)
      ? []
      : [{ path: 'patience', found: describeValue(patience), accepted: 'milliseconds from 0' }]),
    ...priorities.flatMap((value, index) =>
      Number.isFinite(value) ? [] : [{ path: `rollouts[${index}].priority`, found: describeValue(value), accepted: 'a number' }],
    ),
  ]
  return { budgets, patience: patience ?? 3_600_000, priorities, problems }
}

function budgetProblems(budget: unknown, index: number): readonly Problem[] {
  const path = `budgets[${index}]`
  if (!isMap(budget)) return [{ path, found: describeValue(budget), accepted: 'an object with an id and a limit' }]
  const { id, limit, selector, by, weighted } = budget as Readonly<Record<string, unknown>>
  return [
    ...(typeof id === 'string' ? [] : [{ path: `${path}.id`, found: describeValue(id), accepted: 'a text' }]),
    ...(resolveAmount(limit as number, 1, limitRule) === undefined
      ? [{ path: `${path}.limit`, found: describeValue(limit), accepted: 'a whole number from 0, a percentage from 0% to 100%, or all' }]
      : []),
    ...(selector === undefined ? [] : validateSelector(selector, `${path}.selector`)),
    ...(isOptional(weighted, (value) => typeof value === 'boolean')
      ? []
      : [{ path: `${path}.weighted`, found: describeValue(weighted), accepted: 'true or false' }]),
    ...(isOptional(by, (value) => typeof value === 'string')
      ? []
      : [{ path: `${path}.by`, found: describeValue(by), accepted: 'a label' }]),
  ]
}
