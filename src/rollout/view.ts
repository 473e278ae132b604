import type { RolloutAction } from './planner/plan.ts'
import type { ObservedVersion, TargetView } from './target-view.ts'

/** What else there is to say of a target, beside its id and version. */
export interface ViewOptions extends Pick<TargetView, 'labels' | 'sortKey' | 'selected' | 'hold' | 'busy'> {
  /** What was observed of the version. Default `ready`. */
  readonly phase?: Exclude<ObservedVersion['phase'], 'absent'> | undefined
  /** When the version was assigned and the phase began, in milliseconds. Default 0. */
  readonly since?: number | undefined
  /** When it became unreachable, in milliseconds. Absent: it can be reached. */
  readonly unreachableSince?: number | undefined
}

/**
 * A target as the planner sees it, in one line: what it was assigned, and what became of it. Ready unless a phase is given; `null` for one
 * that has nothing, or with a phase for one whose removal is in progress.
 *
 * @example
 * ```ts
 * import { planRollout, view } from 'fleetkit/rollout'
 *
 * const targets = [
 *   view('eu-1', 'v2', { labels: { region: 'eu' } }), // ready with v2
 *   view('eu-2', 'v2', { phase: 'applying', since: 900 }), // updating to v2 since 900
 *   view('eu-3', 'v2', { phase: 'failed', since: 950 }),
 *   view('us-1', 'v1', { unreachableSince: 100 }),
 *   view('us-2', null), // nothing there yet
 *   view('us-3', 'v1', { hold: 'paused' }),
 *   view('us-4', 'v1', { hold: { pin: 'v1' } }),
 * ]
 * planRollout({ now: 1000, module: { id: 'shop', version: 'v2' }, strategy: { stages: [{ name: 'fleet' }] }, targets }, null)
 * ```
 */
export function view(id: string, version: string | null, { phase, since = 0, unreachableSince, ...said }: ViewOptions = {}): TargetView {
  const isThere = version !== null || phase !== undefined
  return {
    id,
    ...said,
    reach: unreachableSince === undefined ? { ok: true, since: 0 } : { ok: false, since: unreachableSince },
    assigned: isThere ? { version, generation: 1, at: since } : null,
    observed: isThere ? { version, generation: 1, phase: phase ?? 'ready', since } : null,
  }
}

/** A target once a version was assigned to it; `null`: the removal. What was observed of it stays, and is of an older generation now. */
export function assignVersion(target: TargetView, version: string | null, at: number): TargetView {
  const generation = Math.max(target.assigned?.generation ?? 0, target.observed?.generation ?? 0) + 1
  return { ...target, assigned: { version, generation, at } }
}

/** A target once it reported how far it is with what it was assigned: itself when nothing was. A removal that is ready is `absent`. */
export function observePhase(target: TargetView, phase: ObservedVersion['phase'], since: number): TargetView {
  const { assigned } = target
  if (assigned === null) return target
  const { version, generation } = assigned
  return { ...target, observed: { version, generation, phase: version === null && phase === 'ready' ? 'absent' : phase, since } }
}

/**
 * The targets once the actions of a plan were assigned to them, in the order in which they are given. Those without an action are the same
 * objects as before.
 *
 * @example
 * ```ts
 * import { carryOut, observePhase, planRollout, type RolloutInput, view } from 'fleetkit/rollout'
 *
 * const input: RolloutInput = {
 *   now: 1000,
 *   module: { id: 'shop', version: 'v2' },
 *   strategy: { stages: [{ name: 'fleet', maxConcurrency: 1 }] },
 *   targets: [view('a', 'v1'), view('b', 'v1')],
 * }
 * const first = planRollout(input, null)
 * const targets = carryOut(input.targets, first.actions, input.now).map((target) => observePhase(target, 'ready', 2000))
 * const second = planRollout({ ...input, now: 2000, targets }, first.state)
 * // first assigns v2 to a, second assigns it to b
 * ```
 */
export function carryOut(targets: readonly TargetView[], actions: readonly RolloutAction[], now: number): readonly TargetView[] {
  const versions = new Map(actions.map((action) => [action.target, 'set' in action ? action.set : null]))
  return targets.map((target) => {
    const version = versions.get(target.id)
    return version === undefined ? target : assignVersion(target, version, now)
  })
}
