import { compareText } from '../../model/compare-text.ts'
import { isOutcome } from '../../rollout/planner/outcome.ts'
import type { RolloutState } from '../../rollout/state/state.ts'
import type { TargetView } from '../../rollout/target-view.ts'
import type { Setting, World } from './world.ts'

/** A world as it stands for all that differ from it by nothing that can still matter. */
export interface MergedWorld {
  readonly world: World
  readonly key: string
}

/**
 * Merges worlds that no planner of rollouts can tell apart. What matters of a time is how long ago it was, up to the sum of all time limits, and whether it was before the attempt began; of a generation, whether it is that of the assignment. The same parts are the same
 * objects, so that the planner looks at each once.
 */
export class Merger {
  /** What every moment is where there are neither windows nor freezes, and every moment after the last of them. */
  readonly #last: number
  /** A time of which nothing but that it is past can matter. */
  readonly #past: number
  readonly #horizon: number
  readonly #isTimeless: boolean
  readonly #numbers: Map<string | number | null, number> = new Map()
  readonly #views: Map<string, TargetView> = new Map()
  readonly #viewNumbers: Map<TargetView, number> = new Map()
  readonly #states: Map<string, RolloutState> = new Map()
  /** Of the states that are as they have to be at `now`. */
  readonly #stateNumbers: Map<RolloutState, { readonly now: number; readonly number: number }> = new Map()

  constructor(setting: Setting, start: number) {
    const edges = edgesOf(setting)
    this.#isTimeless = edges.length === 0
    this.#last = this.#isTimeless ? 2 ** 40 : edges.reduce((last, edge) => Math.max(last, edge), start)
    this.#horizon = horizonOf(setting.strategy)
    this.#past = (this.#isTimeless ? this.#last : start) - this.#horizon - 2
  }

  /** `isStill`: since it was merged last no time has passed, and no plan was carried out. */
  merge(world: World, isStill = false): MergedWorld {
    const { now: actual, version, absent, approvals, paused, wake, asks } = world
    const now = this.#isTimeless ? this.#last : Math.min(actual, this.#last)
    const startedAt = world.state?.startedAt ?? Number.NEGATIVE_INFINITY
    const time = (at: number): number => {
      const age = actual - at
      return age <= this.#horizon ? now - age : now - this.#horizon - (at >= startedAt ? 1 : 2)
    }
    const state = world.state === null ? null : this.#state(world.state, time, actual, now)
    const targets: TargetView[] = []
    const parts = [this.#number(now), version, paused ? 1 : 0, state === null ? 0 : (this.#stateNumbers.get(state)?.number as number)]
    for (const view of world.targets) {
      const known = isStill ? this.#viewNumbers.get(view) : undefined
      const same = known === undefined ? this.#view(view, time, startedAt) : view
      targets.push(same)
      parts.push(known ?? (this.#viewNumbers.get(same) as number))
    }
    for (const { id } of absent) parts.push(-this.#number(id))
    for (const { rid, stage } of approvals) parts.push(-this.#number(JSON.stringify([rid, stage])))
    return {
      key: keyOf(parts),
      world: { now, version, targets, absent, approvals, paused, state, asks, wake: wake === null ? null : wake - actual + now },
    }
  }

  #view(view: TargetView, time: (at: number) => number, startedAt: number): TargetView {
    const { id, assigned, observed, reach, selected } = view
    const isOwn = assigned === null || isOutcome(view)
    // What is observed of an older assignment says nothing, whenever it was; once there is an outcome, the time of that counts.
    const since = observed === null ? 0 : isOwn ? time(observed.since) : this.#past
    const at = assigned === null ? 0 : isOwn && assigned.at >= startedAt ? since : time(assigned.at)
    const isKnown = this.#viewNumbers.has(view) && (assigned?.at ?? 0) === at && (observed?.since ?? 0) === since
    if (isKnown) return view
    const known = assigned === null ? '' : `${this.#number(assigned.version)} ${at}`
    const seen = observed === null ? '' : `${this.#number(observed.version)} ${observed.phase} ${isOwn} ${since}`
    const key = `${this.#number(id)}|${reach.ok}|${selected}|${known}|${seen}`
    const before = this.#views.get(key)
    if (before !== undefined) return before
    const same: TargetView = {
      ...view,
      reach: { ok: reach.ok, since: this.#past },
      assigned: assigned && { version: assigned.version, generation: 2, at },
      observed: observed && { version: observed.version, phase: observed.phase, generation: isOwn ? 2 : 1, since },
    }
    this.#views.set(key, same)
    this.#viewNumbers.set(same, this.#views.size)
    return same
  }

  #state(state: RolloutState, time: (at: number) => number, actual: number, now: number): RolloutState {
    if (actual === now && this.#stateNumbers.get(state)?.now === now) return state
    const past = this.#past
    const { opened, failed, halted, completedAt, waitingSince } = state
    const same: RolloutState = {
      ...withTimes(state, time),
      cursor: 0,
      failed: failed.map((failure) => ({ ...failure, at: time(failure.at) })).sort((a, b) => compareText(a.target, b.target)),
      // Only whether these happened matters, and in which order.
      opened: opened.map((stage) => ({ ...stage, at: past })),
      halted: halted && { ...halted, at: past },
      completedAt: completedAt === null ? null : past,
      waitingSince: waitingSince === null ? null : past,
    }
    const key = JSON.stringify(same)
    const before = this.#states.get(key)
    if (before !== undefined) return before
    this.#states.set(key, same)
    this.#stateNumbers.set(same, { now, number: this.#states.size })
    return same
  }

  #number(value: string | number | null): number {
    const known = this.#numbers.get(value)
    if (known !== undefined) return known
    this.#numbers.set(value, this.#numbers.size + 1)
    return this.#numbers.size
  }
}

/** A short text that is another for other numbers. */
function keyOf(parts: readonly number[]): string {
  const units: number[] = []
  for (const part of parts) units.push(part & 0xffff, part >> 16)
  return String.fromCharCode.apply(undefined, units)
}

/** A copy of a state with the times in it changed, except for those that are treated by themselves. */
function withTimes(state: RolloutState, time: (at: number) => number): RolloutState {
  const copy: Record<string, unknown> = {}
  for (const [field, value] of Object.entries(state)) copy[field] = timeless.has(field) ? value : changeTimes(value, time, field)
  return copy as unknown as RolloutState
}

const timeless: ReadonlySet<string> = new Set<keyof RolloutState>([
  'rid',
  'opened',
  'failed',
  'cohorts',
  'halted',
  'completedAt',
  'baseline',
  'history',
  'queued',
  'waitingSince',
])

/** The numbers that are called `at`, `since`, or something that ends so. */
function changeTimes(value: unknown, time: (at: number) => number, name: string): unknown {
  if (typeof value === 'number') return /(?:^at|At|^since|Since|^until|Until)$/.test(name) ? time(value) : value
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((each) => changeTimes(each, time, name))
  return Object.fromEntries(Object.entries(value).map(([field, each]) => [field, changeTimes(each, time, field)]))
}

/** The instants at which windows and freezes begin and end. */
function edgesOf({ input, strategy }: Setting): readonly number[] {
  const ofTargets = input.targetWindows?.map(({ intervals }) => intervals) ?? []
  const lists = [input.windows, ...ofTargets, input.freezes, ...strategy.stages.map(({ windows }) => windows)]
  return lists.flatMap((list) => (list ?? []).flatMap(({ from, to }) => [from, to]))
}

/**
 * How long ago something can matter: no more than all time limits of a strategy one after the other, which is at most the sum of the numbers in
 * it that are neither instants nor counts.
 */
function horizonOf(value: unknown, name = ''): number {
  if (name === 'windows' || /^(?:max[A-Z]|minDone|minSample|limit|percent|approvals)/.test(name)) return 0
  if (typeof value === 'number') return Number.isFinite(value) ? value : 0
  if (typeof value !== 'object' || value === null) return 0
  return Object.entries(value).reduce((sum, [field, each]) => sum + horizonOf(each, field), 0)
}
