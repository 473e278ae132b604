import type { RemovalCause, StartCause } from '../state/cause.ts'
import { limitRule, resolveAmount } from '../strategy/amount.ts'
import type { ResolvedStage } from '../strategy/resolve.ts'
import type { TargetView } from '../target-view.ts'
import { Blackouts } from './budgets/blackouts.ts'
import type { SharedBudgets } from './budgets/shared.ts'
import { StageBudgets } from './budgets/stage.ts'
import type { Failures } from './failures.ts'
import { cohortHold, dependencyHold, fullText, type Hold, hold } from './hold.ts'
import type { RolloutAction } from './plan.ts'
import type { Snapshot } from './snapshot.ts'
import type { Tick } from './tick.ts'

/** What a target is to get if nothing holds it: a version, or the removal for `null`. */
export interface Start {
  readonly version: string | null
  readonly why: StartCause
}

/** Starts what may be started, and notes for the other candidates what holds them. */
export class Starts {
  readonly actions: RolloutAction[] = []
  /** By index; only candidates have one. */
  readonly holds: (Hold | undefined)[]
  /** By index, 1 for those with an action. */
  readonly started: Uint8Array
  /** Whether a shared budget held a target; `granted` once one target got a share of all of them. */
  shared: 'held' | 'granted' | undefined
  readonly #tick: Tick
  readonly #snapshot: Snapshot
  readonly #failures: Failures
  readonly #budgets: SharedBudgets | undefined
  readonly #blackouts: Blackouts
  readonly #maxDeletions: number
  /** By index, 1 for those whose removal is in progress. */
  readonly #removing: Uint8Array
  #removals: number
  #tooMany: Hold | undefined

  constructor(tick: Tick, snapshot: Snapshot, failures: Failures, budgets: SharedBudgets | undefined) {
    const { staged, input } = tick
    this.#tick = tick
    this.#snapshot = snapshot
    this.#failures = failures
    this.#budgets = budgets
    this.#blackouts = new Blackouts(input, tick.wake)
    this.holds = new Array(staged.views.length).fill(undefined)
    this.started = new Uint8Array(staged.views.length)
    this.#maxDeletions = resolveAmount(input.strategy.maxDeletions ?? '10%', snapshot.involved, limitRule) ?? 0
    this.#removing = snapshot.removing.slice()
    this.#removals = snapshot.removing.reduce((sum, removing) => sum + removing, 0)
  }

  /** One stage: `startOf` says what each of its targets is to get, if anything. */
  stage(index: number, startOf: (index: number) => Start | undefined): void {
    const { staged } = this.#tick
    const stage = staged.stages[index] as ResolvedStage
    const candidates = this.#inOrder(staged.first[index] as number, staged.first[index + 1] as number, startOf)
    if (candidates.length === 0) return
    const budgets = new StageBudgets(this.#tick, this.#snapshot, this.#failures, index)
    const blackout = this.#blackouts.of(stage.windows)
    let exhausted: Hold | undefined
    for (const candidate of candidates) {
      const start = startOf(candidate) as Start
      const held = this.#ownHold(candidate, start.version, blackout, start.why) ?? exhausted
      if (held !== undefined) this.holds[candidate] = held
      else if (start.version === null) this.#removeMember(candidate, start.why, stage, budgets)
      else exhausted = this.#startMember(candidate, start.version, start.why, stage, budgets)
    }
  }

  /** The targets that are no longer selected. */
  deselected(indices: readonly number[]): void {
    const blackout = this.#blackouts.of(undefined)
    for (const index of indices) {
      const held = this.#ownHold(index, null, blackout)
      if (held !== undefined) this.holds[index] = held
      else this.#remove(index, 'deselected', null)
    }
  }

  /** Those that cost nothing come first: updating already, then unavailable already. */
  #inOrder(from: number, to: number, startOf: (index: number) => Start | undefined): readonly number[] {
    const updating: number[] = []
    const unavailable: number[] = []
    const others: number[] = []
    for (let index = from; index < to; index += 1) {
      if (startOf(index) === undefined) continue
      if (this.#snapshot.updating[index] === 1) updating.push(index)
      else if (this.#snapshot.unavailable[index] === 1) unavailable.push(index)
      else others.push(index)
    }
    return updating.concat(unavailable, others)
  }

  /** What holds this target and no other because of it. */
  #ownHold(index: number, version: string | null, blackout: ReturnType<Blackouts['of']>, why?: StartCause): Hold | undefined {
    const { staged, input, state } = this.#tick
    const view = staged.views[index] as TargetView
    if (this.#failures.stopped[index] === 1 && why !== 'revert') return cohortHold(state, view)
    return blackout(view.labels) ?? dependencyHold(input, view.id, version)
  }

  /** A removal that is wanted is bound by `maxDeletions` alone; one that reverts is bound by `maxUnavailable` as well. */
  #removeMember(index: number, why: StartCause, stage: ResolvedStage, budgets: StageBudgets): void {
    const over = why === 'revert' ? budgets.overUnavailable(index) : undefined
    if (over !== undefined) this.holds[index] = over
    else if (this.#remove(index, why === 'revert' ? why : 'absent', stage.name)) {
      budgets.take(index, null)
      this.#tick.wake.add(this.#tick.now + stage.progressDeadline)
    }
  }

  /** Returns what holds all that come after this one as well. */
  #startMember(index: number, version: string, why: StartCause, stage: ResolvedStage, budgets: StageBudgets): Hold | undefined {
    const exhausted = budgets.exhausted(index, version)
    const over = exhausted ?? budgets.overUnavailable(index) ?? this.#overShared(index)
    if (over !== undefined) {
      this.holds[index] = over
      return exhausted
    }
    budgets.take(index, version)
    this.#set(index, version, why, stage.name)
    this.#tick.wake.add(this.#tick.now + stage.progressDeadline)
    return undefined
  }

  #overShared(index: number): Hold | undefined {
    if (this.#budgets === undefined || this.#snapshot.updating[index] === 1) return undefined
    const held = this.#budgets.take(this.#tick.staged.views[index] as TargetView)
    if (held === undefined) this.shared = 'granted'
    else this.shared ??= 'held'
    return held
  }

  #remove(index: number, why: RemovalCause, stage: string | null): boolean {
    if (this.#removals >= this.#maxDeletions) {
      this.#tooMany ??= this.#overDeletions()
      this.holds[index] = this.#tooMany
      return false
    }
    this.#removals += 1
    this.#removing[index] = 1
    const target = (this.#tick.staged.views[index] as TargetView).id
    this.started[index] = 1
    this.actions.push({ target, stage, remove: true, why })
    this.#tick.record({ at: this.#tick.now, type: 'removed', target, why })
    return true
  }

  #overDeletions(): Hold {
    const ids: string[] = []
    for (let index = 0; index < this.#removing.length && ids.length < 3; index += 1) {
      if (this.#removing[index] === 1) ids.push((this.#tick.staged.views[index] as TargetView).id)
    }
    const message = fullText('maxDeletions', this.#maxDeletions, this.#removals, 'being removed', ids)
    return hold('deletions', message, ['maxDeletions', ...ids.map((id) => `target:${id}`)])
  }

  #set(index: number, version: string, why: StartCause, stage: string): void {
    // Its removal was in progress, and no longer is.
    if (this.#removing[index] === 1) {
      this.#removing[index] = 0
      this.#removals -= 1
      this.#tooMany = undefined
    }
    const target = (this.#tick.staged.views[index] as TargetView).id
    const { emergency } = this.#tick.input
    this.started[index] = 1
    this.actions.push({ target, stage, set: version, why })
    const event = { at: this.#tick.now, type: 'set', target, version, why } as const
    this.#tick.record(emergency === undefined ? event : { ...event, emergency: `${emergency.actor}: ${emergency.reason}` })
  }
}
