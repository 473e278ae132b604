import { compareText } from '../../model/compare-text.ts'
import { isOutcome } from '../../rollout/planner/outcome.ts'
import { trackOf } from '../../rollout/planner/tracks.ts'
import type { RolloutState } from '../../rollout/state/state.ts'
import { joinTracks } from '../../rollout/state/tracks.ts'
import { resolveStrategy } from '../../rollout/strategy/resolve.ts'
import type { TargetView } from '../../rollout/target-view.ts'
import type { ExploreEvent } from './event.ts'
import { horizonOf } from './horizon.ts'
import { changed, type Setting, stateOf, type TargetChange, type World } from './world.ts'

/** A world as it stands for all that differ from it by nothing that can still matter. */
export interface MergedWorld {
  readonly world: World
  readonly key: string
}

/** The times of a rollout, or of one of its tracks, as they stand for others. */
interface Clock {
  readonly startedAt: number
  readonly time: (at: number) => number
}

/**
 * Merges worlds that no planner of rollouts can tell apart. What matters of a time is how long ago it was, up to the sum of all time limits,
 * and beyond that whether it was before the attempt began, and before or after each verdict; of a generation, whether it is that of the
 * assignment. The same parts are the same objects, so that the planner looks at each once.
 */
export class Merger {
  /** What every moment is where there are neither windows nor freezes, and every moment after the last of them. */
  readonly #last: number
  /** A time of which nothing but that it is past can matter. */
  readonly #past: number
  readonly #horizon: number
  readonly #isTimeless: boolean
  readonly #tracks: string | undefined
  /** How many verdicts there are at most in one track: times beyond the horizon are in order with them. */
  readonly #checks: number
  readonly #hasRetries: boolean
  /** Whether it matters when a target was assigned what it has finished with. */
  readonly #countsStarts: boolean
  readonly #numbers: Map<string | number | null, number> = new Map()
  readonly #views: Map<string, TargetView> = new Map()
  readonly #viewNumbers: Map<TargetView, number> = new Map()
  /** By what times go by, event and view: the number of what becomes of the view; 0 when it is gone. */
  readonly #changes: Map<number, Map<TargetView, number>> = new Map()
  /** The world that was asked about last, and the number of what its times go by. */
  #asked: World | undefined
  #marks: number = 0
  readonly #states: Map<string, RolloutState> = new Map()
  /** Of the states that are as they have to be at `now`. */
  readonly #stateNumbers: Map<RolloutState, { readonly now: number; readonly number: number }> = new Map()

  constructor({ strategy, input }: Setting, start: World) {
    const { stages, tracks } = strategy
    const edges = edgesOf({ strategy, input })
    this.#isTimeless = edges.length === 0
    this.#last = this.#isTimeless ? 2 ** 40 : edges.reduce((last, edge) => Math.max(last, edge), start.now)
    this.#horizon = horizonOf(strategy, [...start.targets, ...start.absent])
    this.#tracks = tracks
    this.#checks = resolveStrategy(strategy).stages.reduce((sum, { checks }) => sum + checks.length, 0)
    this.#hasRetries = stages.some(({ retry }) => retry !== undefined)
    this.#countsStarts = stages.some(({ maxStarts }) => maxStarts !== undefined)
    this.#past = (this.#isTimeless ? this.#last : start.now) - this.#horizon - 2 - this.#checks
  }

  /** `isStill`: since it was merged last no time has passed, and no plan was carried out. */
  merge(world: World, isStill = false): MergedWorld {
    const { now: actual, version, absent, approvals, paused, wake, gates } = world
    const now = this.#isTimeless ? this.#last : Math.min(actual, this.#last)
    const clockOf = this.#clocks(world, now)
    const state = world.state === null ? null : this.#state(world.state, world, clockOf, now, isStill)
    const targets: TargetView[] = []
    const parts = [this.#number(now), version, paused ? 1 : 0, state === null ? 0 : (this.#stateNumbers.get(state)?.number as number)]
    for (const view of world.targets) {
      const known = isStill ? this.#viewNumbers.get(view) : undefined
      const same =
        known === undefined ? this.#view(view, clockOf(this.#tracks === undefined ? undefined : trackOf(view, this.#tracks))) : view
      targets.push(same)
      parts.push(known ?? (this.#viewNumbers.get(same) as number))
    }
    for (const { id } of absent) parts.push(-this.#number(id))
    for (const { rid, stage, track } of approvals) parts.push(-this.#number(JSON.stringify([rid, stage, track])))
    const verdicts = world.verdicts.map((verdict) => ({ ...verdict, at: clockOf(verdict.track).time(verdict.at) }))
    for (const text of verdicts.map((verdict) => JSON.stringify(verdict)).sort(compareText)) parts.push(-this.#number(text))
    return {
      key: keyOf(parts),
      world: { now, version, targets, absent, approvals, verdicts, paused, state, gates, wake: wake === null ? null : wake - actual + now },
    }
  }

  /**
   * The key of what a merged world is after something happened to one of its targets: looked up, since many worlds have the same target in them.
   * `undefined` when it is more than that.
   */
  keyAfter({ world, key }: MergedWorld, event: ExploreEvent): string | undefined {
    if (!('target' in event) || event.event === 'join') return undefined
    const index = world.targets.findIndex(({ id }) => id === event.target)
    const view = world.targets[index]
    const number = view === undefined ? 0 : this.#changed(view, event.event, world)
    if (number === 0) return undefined
    const at = (partsBefore + index) * unitsOf
    return key.slice(0, at) + keyOf([number]) + key.slice(at + unitsOf)
  }

  #changed(view: TargetView, event: TargetChange, world: World): number {
    const track = this.#tracks === undefined ? undefined : trackOf(view, this.#tracks)
    const name = this.#marksOf(world, track) * targetChanges.length + targetChanges.indexOf(event)
    const changes = this.#changes.get(name) ?? new Map<TargetView, number>()
    const known = changes.get(view)
    if (known !== undefined) return known
    this.#changes.set(name, changes)
    const [after] = changed(view, event, world.now)
    const number = after === undefined ? 0 : (this.#viewNumbers.get(this.#view(after, this.#clock(world, track, world.now))) as number)
    changes.set(view, number)
    return number
  }

  /** The number of all in a world that the times of a target go by. */
  #marksOf(world: World, track: string | undefined): number {
    if (world === this.#asked) return this.#marks
    const startedAt = stateOf(world.state, track)?.startedAt ?? Number.NEGATIVE_INFINITY
    const verdicts = world.verdicts.map((verdict) => `${verdict.track} ${verdict.at}`)
    const marks = this.#number(`${world.now} ${startedAt} ${verdicts.join()}`)
    // Each track began at a time of its own.
    if (this.#tracks === undefined) [this.#asked, this.#marks] = [world, marks]
    return marks
  }

  #clocks(world: World, now: number): (track: string | undefined) => Clock {
    if (this.#tracks === undefined) {
      const clock = this.#clock(world, undefined, now)
      return () => clock
    }
    const clocks = new Map<string | undefined, Clock>()
    return (track) => {
      const clock = clocks.get(track) ?? this.#clock(world, track, now)
      clocks.set(track, clock)
      return clock
    }
  }

  #clock({ now: actual, state, verdicts }: World, track: string | undefined, now: number): Clock {
    const startedAt = stateOf(state, track)?.startedAt ?? Number.NEGATIVE_INFINITY
    const isOld = (at: number): boolean => actual - at > this.#horizon
    const marks = verdicts.flatMap((verdict) =>
      verdict.track === track && verdict.at >= startedAt && isOld(verdict.at) ? [verdict.at] : [],
    )
    const oldest = now - this.#horizon - 2 - this.#checks
    return {
      startedAt,
      time: (at) => {
        if (!isOld(at)) return now - (actual - at)
        return at < startedAt ? oldest : oldest + 1 + marks.filter((mark) => mark < at).length
      },
    }
  }

  #view(view: TargetView, { time, startedAt }: Clock): TargetView {
    const { id, assigned, observed, reach, selected, busy } = view
    const isOwn = assigned === null || isOutcome(view)
    // What is observed of an older assignment says nothing, whenever it was; once there is an outcome, the time of that counts.
    const since = observed === null ? 0 : isOwn ? time(observed.since) : this.#past
    const isReplaced = isOwn && !this.#countsStarts && assigned !== null && assigned.at >= startedAt
    const at = assigned === null ? 0 : isReplaced ? since : time(assigned.at)
    const busySince = busy === undefined ? 0 : time(busy.since)
    const isKnown = this.#viewNumbers.has(view) && (assigned?.at ?? 0) === at && (observed?.since ?? 0) === since
    if (isKnown && (busy?.since ?? 0) === busySince) return view
    const known = assigned === null ? '' : `${this.#number(assigned.version)} ${at}`
    const seen = observed === null ? '' : `${this.#number(observed.version)} ${observed.phase} ${isOwn} ${since}`
    const key = `${this.#number(id)}|${reach.ok}|${selected}|${known}|${seen}|${busySince}`
    const before = this.#views.get(key)
    if (before !== undefined) return before
    const same: TargetView = {
      ...view,
      reach: { ok: reach.ok, since: this.#past },
      assigned: assigned && { version: assigned.version, generation: 2, at },
      observed: observed && { version: observed.version, phase: observed.phase, generation: isOwn ? 2 : 1, since },
      ...(busy && { busy: { ...busy, since: busySince } }),
    }
    this.#views.set(key, same)
    this.#viewNumbers.set(same, this.#views.size)
    return same
  }

  #state(
    state: RolloutState,
    { now: actual, targets }: World,
    clockOf: (track: string | undefined) => Clock,
    now: number,
    isStill: boolean,
  ): RolloutState {
    // What is remembered of a retry is another thing once the target was started again.
    if (actual === now && (isStill || !this.#hasRetries) && this.#stateNumbers.get(state)?.now === now) return state
    const changed = (of: RolloutState, track: string | undefined): RolloutState => this.#attempt(of, targets, clockOf(track).time)
    const same =
      state.tracks === undefined
        ? changed(state, undefined)
        : joinTracks(new Map(Object.entries(state.tracks).map(([track, of]) => [track, changed(of, track)])))
    const key = JSON.stringify(same)
    const before = this.#states.get(key)
    if (before !== undefined) return before
    this.#states.set(key, same)
    this.#stateNumbers.set(same, { now, number: this.#states.size })
    return same
  }

  #attempt(state: RolloutState, targets: readonly TargetView[], time: (at: number) => number): RolloutState {
    const past = this.#past
    const { opened, failed, retries, halted, completedAt, waitingSince } = state
    const isStarted = (target: string, generation: number): boolean =>
      targets.some(({ id, assigned }) => id === target && assigned !== null && assigned.generation > generation)
    return {
      ...withTimes(state, time),
      cursor: 0,
      failed: failed.map((failure) => ({ ...failure, at: time(failure.at) })).sort((a, b) => compareText(a.target, b.target)),
      retries: retries
        .map((retry) => ({ ...retry, at: time(retry.at), generation: isStarted(retry.target, retry.generation) ? 1 : 2 }))
        .sort((a, b) => compareText(a.target, b.target)),
      // Only whether these happened matters, and in which order.
      opened: opened.map((stage) => ({ ...stage, at: past })),
      halted: halted && { ...halted, at: past },
      completedAt: completedAt === null ? null : past,
      waitingSince: waitingSince === null ? null : past,
    }
  }

  #number(value: string | number | null): number {
    const known = this.#numbers.get(value)
    if (known !== undefined) return known
    this.#numbers.set(value, this.#numbers.size + 1)
    return this.#numbers.size
  }
}

const targetChanges: readonly TargetChange[] = ['succeed', 'fail', 'recover', 'degrade', 'unreachable', 'return', 'leave']

/** How many parts of a key come before those of the targets, and how long each is. */
const partsBefore = 4
const unitsOf = 2

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
  'retries',
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
function edgesOf({ input, strategy }: Pick<Setting, 'input' | 'strategy'>): readonly number[] {
  const ofTargets = input.targetWindows?.map(({ intervals }) => intervals) ?? []
  const lists = [input.windows, ...ofTargets, input.freezes, ...strategy.stages.map(({ windows }) => windows)]
  return lists.flatMap((list) => (list ?? []).flatMap(({ from, to }) => [from, to]))
}
