import { compileSelector } from '../../model/compile-selector.ts'
import { describeValue } from '../../model/errors/problem.ts'
import type { Diagnostic } from '../diagnostic.ts'
import type { TargetView } from '../target-view.ts'
import { type Amount, limitRule, resolveAmount } from './amount.ts'
import type { CanonicalStrategy } from './canonical.ts'
import type { Interval } from './interval.ts'
import { type FailureTolerance, restStage, type SortKey, type Stage } from './stage.ts'

/** A stage with its defaults filled in and its selector made ready. */
export interface ResolvedStage {
  readonly name: string
  readonly takes: (view: TargetView) => boolean
  readonly limit: Amount
  readonly sortBy: readonly SortKey[]
  readonly within: string | undefined
  readonly maxConcurrency: Amount
  readonly maxUnavailable: Amount
  readonly maxFailures: FailureTolerance
  readonly strict: boolean
  readonly minReady: number
  readonly soak: number
  readonly approvals: number
  readonly progressDeadline: number
  readonly minDone: Amount
  readonly maxDeferred: Amount
  readonly maxLost: Amount
  readonly windows: readonly Interval[] | undefined
}

/** A strategy made ready, and what is wrong with it. */
export interface ResolvedStrategy {
  readonly stages: readonly ResolvedStage[]
  /** The stage of the targets that no stage takes. */
  readonly rest: ResolvedStage
  readonly errors: readonly Diagnostic[]
}

const resolved: WeakMap<CanonicalStrategy, ResolvedStrategy> = new WeakMap()

/** Strategies are immutable, so what they resolve to is remembered. */
export function resolveStrategy(strategy: CanonicalStrategy): ResolvedStrategy {
  const known = resolved.get(strategy)
  if (known !== undefined) return known
  const stages = strategy.stages.map(resolveStage)
  const rest = {
    ...(stages.at(-1) ?? resolveStage({ name: restStage })),
    name: restStage,
    takes: anything,
    limit: 'all' as const,
    soak: 0,
    approvals: 0,
  }
  const fresh = { stages, rest, errors: findErrors(strategy) }
  resolved.set(strategy, fresh)
  return fresh
}

function resolveStage(stage: Stage): ResolvedStage {
  return {
    name: stage.name,
    takes: compileMembership(stage),
    limit: stage.limit ?? 'all',
    sortBy: stage.sortBy ?? [],
    within: stage.within,
    maxConcurrency: stage.maxConcurrency ?? 'all',
    maxUnavailable: stage.maxUnavailable ?? 'all',
    maxFailures: stage.maxFailures ?? 0,
    strict: stage.strict ?? false,
    minReady: stage.minReady ?? 0,
    soak: stage.soak ?? 0,
    approvals: stage.approvals ?? 0,
    progressDeadline: stage.progressDeadline ?? Number.POSITIVE_INFINITY,
    minDone: stage.minDone ?? 1,
    maxDeferred: stage.maxDeferred ?? 'all',
    maxLost: stage.maxLost ?? 0,
    windows: stage.windows,
  }
}

function anything(): boolean {
  return true
}

function compileMembership({ selector, targets }: Stage): (view: TargetView) => boolean {
  const fits = selector === undefined ? anything : compileSelector(selector)
  if (targets === undefined) return selector === undefined ? anything : ({ labels = {} }) => fits(labels)
  const names = new Set(targets)
  return ({ id, labels = {} }) => names.has(id) && fits(labels)
}

/** Stages are numbered in 16 bits, the one of the others included. */
const maxStages = 65_534

const amounts = ['limit', 'maxConcurrency', 'maxUnavailable', 'minDone', 'maxDeferred', 'maxLost'] as const
const times = ['minReady', 'soak', 'progressDeadline'] as const

function findErrors({ stages, maxFailures, maxDeletions }: CanonicalStrategy): readonly Diagnostic[] {
  const errors: Diagnostic[] = []
  const wrong = (code: string, path: string, found: unknown, accepted: string): void => {
    errors.push({ severity: 'error', code, path, message: `found ${describeValue(found)}, accepted ${accepted}` })
  }
  const checkTolerance = (path: string, tolerance: FailureTolerance | undefined): void => {
    if (typeof tolerance !== 'object' || tolerance === null) {
      checkAmount(path, tolerance)
      return
    }
    const { percent, minSample } = tolerance
    if (!(percent >= 0 && percent <= 100)) wrong('bad-amount', `${path}.percent`, percent, 'a number from 0 to 100')
    if (!(minSample >= 1)) wrong('bad-amount', `${path}.minSample`, minSample, 'a number from 1 on')
  }
  const checkAmount = (path: string, amount: Amount | undefined): void => {
    if (amount !== undefined && resolveAmount(amount, 1, limitRule) === undefined) {
      wrong('bad-amount', path, amount, "a whole number from 0 on, a percentage such as '25%', or 'all'")
    }
  }
  if (stages.length > maxStages) wrong('too-many-stages', 'stages', stages.length, `at most ${maxStages} stages`)
  const names = new Set<string>([restStage])
  for (const [index, stage] of stages.entries()) {
    const path = `stages[${index}]`
    if (names.has(stage.name))
      wrong('duplicate-stage', `${path}.name`, stage.name, `a name that no other stage has, and not '${restStage}'`)
    names.add(stage.name)
    for (const field of amounts) checkAmount(`${path}.${field}`, stage[field])
    checkTolerance(`${path}.maxFailures`, stage.maxFailures)
    for (const field of times) {
      const value = stage[field]
      if (value !== undefined && !(value >= 0 && Number.isFinite(value)))
        wrong('bad-time', `${path}.${field}`, value, 'milliseconds from 0 on')
    }
    const { approvals = 0 } = stage
    if (!(Number.isInteger(approvals) && approvals >= 0)) wrong('bad-amount', `${path}.approvals`, approvals, 'a whole number from 0 on')
    for (const [at, { from, to }] of (stage.windows ?? []).entries()) {
      if (!(from < to)) wrong('bad-time', `${path}.windows[${at}].to`, to, `milliseconds after its from, which is ${from}`)
    }
  }
  checkTolerance('maxFailures', maxFailures)
  checkAmount('maxDeletions', maxDeletions)
  return errors
}
