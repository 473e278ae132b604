import type { Diagnostic } from '../diagnostic.ts'
import { assignStages } from '../planner/assign-stages.ts'
import { readTargets } from '../planner/read/read-targets.ts'
import type { StagedTargets } from '../planner/targets/staged-targets.ts'
import { limitRule, resolveAmount } from '../strategy/amount.ts'
import type { CanonicalStrategy } from '../strategy/canonical.ts'
import { capacityOf, weightOf } from '../strategy/capacity.ts'
import { type ResolvedStage, resolveStrategy } from '../strategy/resolve.ts'
import { tolerated } from '../strategy/tolerance.ts'
import type { TargetView } from '../target-view.ts'
import type { RolloutWindows } from '../windows/windows.ts'
import { lintWindows } from './lint-windows.ts'

/** Options of {@link lintStrategy}. The more it knows, the more it finds. */
export interface LintOptions {
  readonly targets?: readonly TargetView[] | undefined
  /** Windows that are over by then never open again. */
  readonly now?: number | undefined
  /** Windows and freezes as people write them, under which the strategy runs. */
  readonly windows?: RolloutWindows | undefined
  /** Milliseconds between versions, as a rule. */
  readonly versionInterval?: number | undefined
}

/**
 * What is wrong with a strategy before it runs: errors when it is malformed or can never finish, warnings for what is rarely meant.
 *
 * @example
 * ```ts
 * import { lintStrategy } from 'fleetkit/forecast'
 *
 * const [found] = lintStrategy({ stages: [{ name: 'all', windows: [] }] })
 * console.log(found?.code) // window-never-opens
 * ```
 */
export function lintStrategy(
  strategy: CanonicalStrategy,
  { targets: given, now, windows, versionInterval }: LintOptions = {},
): readonly Diagnostic[] {
  const { stages, errors } = resolveStrategy(strategy)
  if (errors.length > 0) return errors
  const found: Diagnostic[] = []
  const targets = given === undefined ? undefined : readTargets(given).targets
  const staged = targets === undefined ? undefined : assignStages(strategy, targets)
  for (const [index, stage] of stages.entries()) {
    const size = staged && (staged.first[index + 1] as number) - (staged.first[index] as number)
    const say = (severity: Diagnostic['severity'], code: string, field: string, message: string): void => {
      found.push({ severity, code, path: `stages[${stage.declared}].${field}`, message: `${stage.name}: ${message}` })
    }
    if (staged !== undefined) lintWave(stages, index, staged, say)
    // Of waves the rest is said once.
    if (stage.declared === stages[index - 1]?.declared) continue
    if (stage.limitBy !== undefined && targets?.some(({ labels = {} }) => Object.hasOwn(labels, stage.limitBy as string)) === false)
      say('warning', 'label-missing', 'limitBy', `no target has the label ${stage.limitBy}, so that limit counts for all together`)
    if (staged !== undefined) lintWeights(stage, staged.views.slice(staged.first[index], staged.first[index + 1]), say)
    lintBudgets(stage, say, size)
    if (stage.windows?.every(({ to }) => to <= (now ?? Number.NEGATIVE_INFINITY)) === true) {
      say('error', 'window-never-opens', 'windows', 'all windows are over, so the rollout can never finish')
    }
    lintCompletion(stage, say, stage.limitOf === 'fitting' ? size : undefined)
    if (versionInterval !== undefined && stage.soak > versionInterval) {
      say('warning', 'soak-starvation', 'soak', 'versions come faster than the soak ends; set supersede.maxSupersedes or minRunTime')
    }
    if (stage.progressDeadline === Number.POSITIVE_INFINITY) {
      say(
        'warning',
        'no-deadline',
        'progressDeadline',
        'a target that neither fails nor gets ready, or is lost meanwhile, is waited for without end',
      )
    }
    const rival = targets === undefined ? undefined : overlap(stage, stages.slice(0, index), targets)
    if (rival !== undefined) say('warning', 'overlap', 'selector', `${rival.target} also fits ${rival.stage}, which comes first and has it`)
  }
  if (staged !== undefined && staged.unmatched.length > 0) {
    const severity = strategy.rest === 'reject' ? 'error' : 'warning'
    const message = `no stage takes ${staged.unmatched.slice(0, 10).join(', ')}; ${severity === 'error' ? 'that is refused' : 'they come last'}`
    found.push({ severity, code: 'unmatched', path: 'stages', message })
  }
  const { tracks } = strategy
  if (tracks !== undefined && targets !== undefined && !targets.some(({ labels = {} }) => Object.hasOwn(labels, tracks))) {
    found.push({
      severity: 'warning',
      code: 'no-tracks',
      path: 'tracks',
      message: `no target has the label ${tracks}, so that all are one track`,
    })
  }
  if (strategy.fastRollback === false && (strategy.stages[0]?.approvals ?? 0) > 0) {
    const message = 'a rollback waits for an approval before anything starts'
    found.push({ severity: 'warning', code: 'approval-on-rollback', path: 'stages[0].approvals', message })
  }
  return windows === undefined ? found : found.concat(lintWindows(windows, targets ?? [], now))
}

/** A wave that is smaller than it says. */
function lintWave(stages: readonly ResolvedStage[], index: number, { first, stages: all }: StagedTargets, say: Say): void {
  const { limit, limitOf, weighted, declared } = stages[index] as ResolvedStage
  if (limitOf === 'fitting' || limit === 'all' || weighted) return
  const field = `waves[${index - stages.findIndex((stage) => stage.declared === declared)}]`
  const size = (first[index + 1] as number) - (first[index] as number)
  const wanted = typeof limit === 'number' ? limit : (resolveAmount(limit, first[all.length] as number, limitRule) ?? 0)
  if (size < wanted) say('warning', 'wave-beyond', field, `it takes ${size} of ${wanted}, since no more are left`)
  else if (size === 0) say('warning', 'wave-empty', field, 'it takes no target')
}

/** Weights that no one gave, and one that is more than a budget. */
function lintWeights(stage: ResolvedStage, members: readonly TargetView[], say: Say): void {
  if (!stage.weighted || members.length === 0) return
  if (members.every(({ weight }) => weight === undefined))
    say('warning', 'weight-missing', 'weighted', 'no target has a weight, so each counts as 1')
  const heaviest = members.reduce((first, view) => (weightOf(view) > weightOf(first) ? view : first))
  const total = members.reduce((sum, view) => sum + weightOf(view), 0)
  for (const field of ['maxConcurrency', 'maxUnavailable'] as const) {
    const capacity = capacityOf(stage[field], total, true)
    if (field === 'maxUnavailable' && stage.within !== undefined) continue
    if (capacity > 0 && weightOf(heaviest) > capacity)
      say(
        'warning',
        'weight-beyond',
        field,
        `${heaviest.id} weighs ${weightOf(heaviest)} and goes alone, since ${field} is ${capacity} by weight`,
      )
  }
}

type Say = (severity: Diagnostic['severity'], code: string, field: string, message: string) => void

/** Shares are of a thousand targets where the fleet is not known. */
function lintBudgets(stage: ResolvedStage, say: Say, size = 1000): void {
  for (const field of ['maxConcurrency', 'maxUnavailable'] as const) {
    if (resolveAmount(stage[field], size, limitRule) === 0 && size !== 0) {
      say('warning', 'zero-budget', field, `${field} is 0, which holds the stage until it is changed`)
    }
  }
  if (stage.maxStarts !== undefined && resolveAmount(stage.maxStarts.limit, size, limitRule) === 0 && size !== 0) {
    say('warning', 'zero-budget', 'maxStarts.limit', 'maxStarts is 0, which holds the stage until it is changed')
  }
  const failures = tolerated(stage.maxFailures, size)
  const unavailable = resolveAmount(stage.maxUnavailable, size, limitRule) ?? 0
  if (!stage.weighted && unavailable > 0 && unavailable < size && failures >= unavailable) {
    say(
      'warning',
      'tolerance-unreachable',
      'maxFailures',
      `${unavailable} failed targets use up maxUnavailable, so the rollout stalls before it halts`,
    )
  }
}

/** What the stage needs to be complete. */
function lintCompletion(stage: ResolvedStage, say: Say, size: number | undefined): void {
  if (size === 0 && stage.requireSuccess) {
    say(
      'error',
      'success-impossible',
      'requireSuccess',
      'the stage takes no target, so it never succeeds, and the rollout can never finish',
    )
  } else if (size === 0) say('warning', 'stage-empty', 'selector', 'the stage takes no target')
  if (stage.requireSuccess && tolerated(stage.maxFailures, size ?? 1000) > 0) {
    say(
      'warning',
      'success-over-tolerance',
      'maxFailures',
      'requireSuccess lets no failure pass, so one that is tolerated stalls the rollout',
    )
  }
  if (stage.onFailure === 'revert' && tolerated(stage.maxFailures, size ?? 1000) === 0) {
    say('warning', 'revert-then-halt', 'onFailure', 'the first failure halts the rollout, so that no others go on; raise maxFailures')
  }
  const { backoff = 0, maxBackoff = backoff } = stage.retry ?? {}
  if (backoff > maxBackoff)
    say('warning', 'backoff-over-max', 'retry.backoff', 'the backoff is longer than maxBackoff, which is what counts')
  for (const [at, { name, maxPending }] of stage.checks.entries()) {
    if (maxPending !== undefined) continue
    say('warning', 'no-max-pending', `checks[${at}].maxPending`, `a verdict of ${name} is waited for without end`)
  }
}

function overlap(
  stage: ResolvedStage,
  earlier: readonly ResolvedStage[],
  targets: readonly TargetView[],
): { readonly target: string; readonly stage: string } | undefined {
  // A last stage that takes every other target is usual.
  if (targets.every((view) => stage.takes(view))) return undefined
  for (const view of targets) {
    const rival = stage.takes(view) ? earlier.find((other) => other.limit === 'all' && other.takes(view)) : undefined
    if (rival !== undefined) return { target: view.id, stage: rival.name }
  }
  return undefined
}
