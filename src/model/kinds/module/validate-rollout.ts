import type { Problem } from '../../errors/problem.ts'
import { describeValue, firstOf } from '../../errors/problem.ts'
import { isQualifiedName, keyAccepted } from '../../names.ts'
import { validate } from '../../schema/validate.ts'
import { validateSelector } from '../../schema/validate-selector.ts'
import { parseTime, timeAccepted } from '../../time.ts'
import { rolloutSchema } from './rollout-schema.ts'
import type { RolloutSpec, StageSpec } from './types.generated.ts'
import { waveNames } from './wave-names.ts'

/** Any strategy or stage, as far as the rules below look at it. */
type Part = Partial<Omit<StageSpec, 'windows' | 'checks'>> & {
  readonly checks?: readonly { readonly name: string }[] | undefined
  readonly windows?: readonly { readonly from: string | number; readonly to: string | number }[] | undefined
  readonly stages?: readonly StageSpec[] | undefined
  readonly next?: RolloutSpec | undefined
  readonly tracks?: string | undefined
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

/** The problems of a strategy, or of a stage, that its schema does not say. Its times may be numbers. */
export function partProblems(part: Part, path: string, taken: readonly string[]): readonly Problem[] {
  const labels: readonly (readonly [string, string])[] = [
    ...(part.tracks === undefined ? [] : [['tracks', part.tracks] as const]),
    ...(part.within === undefined ? [] : [['within', part.within] as const]),
    ...(part.limitBy === undefined ? [] : [['limitBy', part.limitBy] as const]),
    ...(part.sortBy ?? []).map(({ label }, index) => [`sortBy[${index}].label`, label] as const),
    ...(part.correlate?.labels ?? []).map((label, index) => [`correlate.labels[${index}]`, label] as const),
  ]
  return [
    ...(part.maxFailures === undefined || part.maxFailureRate === undefined
      ? []
      : [{ path: `${path}.maxFailureRate`, found: 'it and maxFailures', accepted: 'one of the two' }]),
    ...(part.waves === undefined || part.limit === undefined
      ? []
      : [{ path: `${path}.waves`, found: 'it and limit', accepted: 'one of the two' }]),
    ...(part.limitBy === undefined || part.limit !== undefined
      ? []
      : [{ path: `${path}.limitBy`, found: 'it without limit', accepted: 'a limit that it counts' }]),
    ...(part.selector === undefined ? [] : validateSelector(part.selector, `${path}.selector`)),
    ...labels
      .filter(([, label]) => !isQualifiedName(label))
      .map(([field, label]) => ({ path: `${path}.${field}`, found: describeValue(label), accepted: keyAccepted })),
    ...(part.checks ?? []).flatMap(({ name }, index, checks) => {
      const accepted = 'a name that no other check of the stage has'
      const first = checks.findIndex((check) => check.name === name)
      return first === index ? [] : [{ path: `${path}.checks[${index}].name`, found: describeValue(name), accepted }]
    }),
    ...(part.windows ?? []).flatMap((window, index) => windowProblems(window, `${path}.windows[${index}]`)),
    ...stagesProblems(part.stages ?? [], `${path}.stages`, taken),
    ...(part.next === undefined
      ? []
      : strategyProblems(part.next, `${path}.next`, [...taken, ...namesOf({ name: 'canary', waves: part.waves })])),
  ]
}

function stagesProblems(stages: readonly StageSpec[], path: string, taken: readonly string[]): readonly Problem[] {
  const names = new Set(taken)
  return stages.flatMap((stage, index) => {
    const at = `${path}[${index}]`
    const accepted = (): string => `a name that no other stage has: not ${firstOf([...names], ', ')}`
    const [repeated] = namesOf(stage).filter((own) => names.has(own))
    const name = repeated === undefined ? [] : [{ path: `${at}.name`, found: describeValue(repeated), accepted: accepted() }]
    for (const own of namesOf(stage)) names.add(own)
    return [...name, ...partProblems(stage, at, [])]
  })
}

function namesOf({ name, waves }: Pick<StageSpec, 'name' | 'waves'>): readonly string[] {
  return waves === undefined ? [name] : waveNames(name, waves)
}

function windowProblems({ from, to }: { readonly from: string | number; readonly to: string | number }, path: string): readonly Problem[] {
  const [start, end] = [from, to].map((time) => (typeof time === 'number' ? time : parseTime(time)))
  const problems: Problem[] = []
  if (start === undefined) problems.push({ path: `${path}.from`, found: describeValue(from), accepted: timeAccepted })
  if (end === undefined) problems.push({ path: `${path}.to`, found: describeValue(to), accepted: timeAccepted })
  else if (start !== undefined && end <= start)
    problems.push({ path: `${path}.to`, found: describeValue(to), accepted: `a time after ${from}` })
  return problems
}
