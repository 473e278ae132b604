import { compileSelector } from '../../model/compile-selector.ts'
import { isMap } from '../../model/json/value.ts'
import type { Diagnostic } from '../diagnostic.ts'
import { getOrMake } from '../get-or-make.ts'
import type { TargetView } from '../target-view.ts'
import { withoutNulls } from '../without-nulls.ts'
import type { Amount } from './amount.ts'
import type { CanonicalStrategy } from './canonical.ts'
import { checkStrategy } from './check-strategy.ts'
import type { Interval } from './interval.ts'
import { type FailureTolerance, type RetryPolicy, restStage, type SortKey, type Stage, type StageCheck, type StartLimit } from './stage.ts'
import { stagesOfWaves } from './waves.ts'

/** A stage with its defaults filled in and its selector made ready. */
export interface ResolvedStage {
  readonly name: string
  readonly takes: (view: TargetView) => boolean
  readonly limit: Amount
  readonly limitBy: string | undefined
  /** What a percentage of `limit` is of: the targets that fit or, in a wave, the whole fleet. */
  readonly limitOf: 'fitting' | 'fleet'
  /** The index of the stage that it comes from, of which waves make several. */
  readonly declared: number
  readonly weighted: boolean
  readonly sortBy: readonly SortKey[]
  readonly within: string | undefined
  readonly maxConcurrency: Amount
  readonly maxStarts: StartLimit | undefined
  readonly maxUnavailable: Amount
  readonly maxFailures: FailureTolerance
  readonly strict: boolean
  readonly onFailure: 'hold' | 'revert'
  readonly retry: RetryPolicy | undefined
  readonly minReady: number
  readonly soak: number
  readonly approvals: number
  readonly progressDeadline: number
  readonly minDone: Amount
  readonly maxDeferred: Amount
  readonly maxLost: Amount
  readonly requireSuccess: boolean
  readonly checks: readonly StageCheck[]
  readonly windows: readonly Interval[] | undefined
}

/** A strategy made ready, and what is wrong with it. */
export interface ResolvedStrategy {
  /** The strategy without what is `null` in it. */
  readonly canonical: CanonicalStrategy
  readonly stages: readonly ResolvedStage[]
  /** The labels that stages take, order, count and group targets by. */
  readonly labels: readonly string[]
  /** The stage of the targets that no stage takes. */
  readonly rest: ResolvedStage
  readonly errors: readonly Diagnostic[]
}

const resolved: WeakMap<CanonicalStrategy, ResolvedStrategy> = new WeakMap()

/** Strategies are immutable, so what they resolve to is remembered. What is `null` in one is absent, as it comes from JSON. */
export function resolveStrategy(given: CanonicalStrategy): ResolvedStrategy {
  if (!isMap(given)) return resolve(given)
  return getOrMake(resolved, given, () => {
    const fresh = resolve(given)
    resolved.set(fresh.canonical, fresh)
    return fresh
  })
}

function resolve(given: CanonicalStrategy): ResolvedStrategy {
  const canonical = withoutNulls(given)
  const errors = checkStrategy(canonical)
  const declared = errors.length > 0 ? [] : canonical.stages
  const stages = declared.flatMap(resolveStages)
  const rest = {
    ...(stages.at(-1) ?? resolveStage({ name: restStage }, 0)),
    name: restStage,
    takes: anything,
    limit: 'all' as const,
    limitBy: undefined,
    soak: 0,
    approvals: 0,
    requireSuccess: false,
    checks: [],
  }
  const labels = [...new Set(declared.flatMap(labelsOf))]
  return { canonical, stages, labels, rest, errors }
}

function resolveStages(stage: Stage, declared: number): readonly ResolvedStage[] {
  const limitOf = stage.waves === undefined ? 'fitting' : 'fleet'
  return stagesOfWaves(stage).map((wave) => ({ ...resolveStage(wave, declared), limitOf }))
}

function resolveStage(stage: Stage, declared: number): ResolvedStage {
  return {
    name: stage.name,
    takes: compileMembership(stage),
    limit: stage.limit ?? 'all',
    limitBy: stage.limitBy,
    limitOf: 'fitting',
    declared,
    weighted: stage.weighted ?? false,
    sortBy: stage.sortBy ?? [],
    within: stage.within,
    maxConcurrency: stage.maxConcurrency ?? 'all',
    maxStarts: stage.maxStarts,
    maxUnavailable: stage.maxUnavailable ?? 'all',
    maxFailures: stage.maxFailures ?? 0,
    strict: stage.strict ?? false,
    onFailure: stage.onFailure ?? 'hold',
    retry: stage.retry,
    minReady: stage.minReady ?? 0,
    soak: stage.soak ?? 0,
    approvals: stage.approvals ?? 0,
    progressDeadline: stage.progressDeadline ?? Number.POSITIVE_INFINITY,
    minDone: stage.minDone ?? 1,
    maxDeferred: stage.maxDeferred ?? 'all',
    maxLost: stage.maxLost ?? 0,
    requireSuccess: stage.requireSuccess ?? false,
    checks: stage.checks ?? [],
    windows: stage.windows,
  }
}

function labelsOf({ selector = {}, within, limitBy, sortBy = [] }: Stage): readonly string[] {
  const single = [within, limitBy].filter((label) => label !== undefined)
  const { matchLabels = {}, matchExpressions = [] } = selector
  return [...single, ...sortBy.map(({ label }) => label), ...Object.keys(matchLabels), ...matchExpressions.map(({ key }) => key)]
}

function anything(): boolean {
  return true
}

function compileMembership({ selector, targets }: Stage): (view: TargetView) => boolean {
  const fits = compileSelector(selector ?? {})
  const names = targets && new Set(targets)
  return ({ id, labels = {} }) => names?.has(id) !== false && fits(labels)
}
