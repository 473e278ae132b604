import type { Problem } from '../../errors/problem.ts'
import { describeValue } from '../../errors/problem.ts'
import { isQualifiedName, keyAccepted } from '../../names.ts'
import { validate } from '../../schema/validate.ts'
import { validateSelector } from '../../schema/validate-selector.ts'
import { parseTime, timeAccepted } from '../../time.ts'
import { rolloutSchema } from './rollout-schema.ts'
import type { RolloutSpec, StageSpec } from './types.generated.ts'

/** Any strategy or stage, as far as the rules below look at it. */
type Part = Partial<StageSpec> & {
  readonly stages?: readonly StageSpec[] | undefined
  readonly next?: RolloutSpec | undefined
  readonly correlate?: { readonly labels: readonly string[] } | undefined
}

/**
 * Every problem of a rollout strategy as data: its shape, its selectors, labels, times and names.
 *
 * @param path - the path of the strategy, e.g. `spec.rollout`
 */
export function validateRollout(rollout: unknown, path: string): readonly Problem[] {
  const shape = validate(rolloutSchema, rollout, path)
  return shape.length > 0 ? shape : strategyProblems(rollout as RolloutSpec, path, ['rest'])
}

/** @param taken - the names that stages can no longer have */
function strategyProblems(rollout: RolloutSpec, path: string, taken: readonly string[]): readonly Problem[] {
  return Object.entries(rollout).flatMap(([kind, strategy]) =>
    strategy === undefined ? [] : partProblems(strategy as Part, `${path}.${kind}`, taken),
  )
}

function partProblems(part: Part, path: string, taken: readonly string[]): readonly Problem[] {
  const labels: readonly (readonly [string, string])[] = [
    ...(part.within === undefined ? [] : [['within', part.within] as const]),
    ...(part.sortBy ?? []).map(({ label }, index) => [`sortBy[${index}].label`, label] as const),
    ...(part.correlate?.labels ?? []).map((label, index) => [`correlate.labels[${index}]`, label] as const),
  ]
  return [
    ...(part.maxFailures === undefined || part.maxFailureRate === undefined
      ? []
      : [{ path: `${path}.maxFailureRate`, found: 'it and maxFailures', accepted: 'one of the two' }]),
    ...(part.selector === undefined ? [] : validateSelector(part.selector, `${path}.selector`)),
    ...labels
      .filter(([, label]) => !isQualifiedName(label))
      .map(([field, label]) => ({ path: `${path}.${field}`, found: describeValue(label), accepted: keyAccepted })),
    ...(part.windows ?? []).flatMap((window, index) => windowProblems(window, `${path}.windows[${index}]`)),
    ...(part.stages ?? []).flatMap((stage, index, stages) => {
      const others = [...taken, ...stages.slice(0, index).map(({ name }) => name)]
      return stageProblems(stage, `${path}.stages[${index}]`, others)
    }),
    ...(part.next === undefined ? [] : strategyProblems(part.next, `${path}.next`, [...taken, 'canary'])),
  ]
}

function stageProblems(stage: StageSpec, path: string, taken: readonly string[]): readonly Problem[] {
  const accepted = `a name that no other stage has: not ${taken.join(', ')}`
  const name = taken.includes(stage.name) ? [{ path: `${path}.name`, found: describeValue(stage.name), accepted }] : []
  return [...name, ...partProblems(stage, path, taken)]
}

function windowProblems({ from, to }: { readonly from: string; readonly to: string }, path: string): readonly Problem[] {
  const [start, end] = [parseTime(from), parseTime(to)]
  const problems: Problem[] = []
  if (start === undefined) problems.push({ path: `${path}.from`, found: describeValue(from), accepted: timeAccepted })
  if (end === undefined) problems.push({ path: `${path}.to`, found: describeValue(to), accepted: timeAccepted })
  else if (start !== undefined && end <= start)
    problems.push({ path: `${path}.to`, found: describeValue(to), accepted: `a time after ${from}` })
  return problems
}
