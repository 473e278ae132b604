import { describeValue, type Problem } from '../../../model/errors/problem.ts'
import { isMap } from '../../../model/json/value.ts'
import { validateSelector } from '../../../model/schema/validate-selector.ts'
import { limitRule, resolveAmount } from '../../strategy/amount.ts'

/** What is wrong with shared budgets, and the priority of each rollout. */
export function readShared(
  rollouts: readonly { readonly priority?: unknown }[],
  budgets: unknown,
  patience: unknown,
): { readonly problems: readonly Problem[]; readonly priority: readonly number[] } {
  const priority = rollouts.map((rollout) => rollout.priority ?? 0)
  const problems = [
    ...(Array.isArray(budgets)
      ? Array.from(budgets as readonly unknown[]).flatMap(budgetProblems)
      : [{ path: 'budgets', found: describeValue(budgets), accepted: 'a list' }]),
    ...(isOptional(patience, (value) => typeof value === 'number' && value >= 0)
      ? []
      : [{ path: 'patience', found: describeValue(patience), accepted: 'milliseconds from 0' }]),
    ...priority.flatMap((value, index) =>
      Number.isFinite(value) ? [] : [{ path: `rollouts[${index}].priority`, found: describeValue(value), accepted: 'a number' }],
    ),
  ]
  return { problems, priority: priority.map(Number) }
}

function budgetProblems(budget: unknown, index: number): readonly Problem[] {
  const path = `budgets[${index}]`
  if (!isMap(budget)) return [{ path, found: describeValue(budget), accepted: 'an object with an id and a limit' }]
  const { id, limit, selector, by } = budget as Readonly<Record<string, unknown>>
  return [
    ...(typeof id === 'string' ? [] : [{ path: `${path}.id`, found: describeValue(id), accepted: 'a text' }]),
    ...(resolveAmount(limit as number, 1, limitRule) === undefined
      ? [{ path: `${path}.limit`, found: describeValue(limit), accepted: 'a whole number from 0, a percentage from 0% to 100%, or all' }]
      : []),
    ...(selector === undefined || selector === null ? [] : validateSelector(selector, `${path}.selector`)),
    ...(isOptional(by, (value) => typeof value === 'string')
      ? []
      : [{ path: `${path}.by`, found: describeValue(by), accepted: 'a label' }]),
  ]
}

function isOptional(value: unknown, is: (value: unknown) => boolean): boolean {
  return value === undefined || value === null || is(value)
}
