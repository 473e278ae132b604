import type { RemovalCause, StartCause } from '../state/cause.ts'
import { limitRule, resolveAmount } from '../strategy/amount.ts'
import type { ResolvedStage } from '../strategy/resolve.ts'
import type { TargetView } from '../target-view.ts'
import { Blackouts } from './budgets/blackouts.ts'
import type { SharedBudgets } from './budgets/shared.ts'
import { StageBudgets } from './budgets/stage.ts'
import type { Failures } from './failures.ts'
import { busyHold, cohortHold, dependencyHold, fullText, type Hold, hold } from './hold.ts'
import type { RolloutAction } from './plan.ts'
import { mark, rankOf } from './snapshot/block.ts'
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
  /** By index, of the candidates that were looked at. */
  readonly #holds: Map<number, Hold> = new Map()
  /** By stage, what holds the candidates behind those. */
  readonly #behind: Map<number, { readonly hold: Hold; readonly startOf: (index: number) => Start | undefined }> = new Map()
  /** The indices of those with an action. */
  readonly started: Set<number> = new Set()
  /** Whether a shared budget held a target; `granted` once one target got a share of all of them. */
  shared: 'held' | 'granted' | undefined
  readonly #tick: Tick
  readonly #snapshot: Snapshot
  readonly #failures: Failures
  readonly #budgets: SharedBudgets | undefined
  readonly #blackouts: Blackouts
  readonly #maxDeletions: number
  /** By index, those whose removal begins, and those of which it was in progress and no longer is. */
  readonly #removing: Map<number, boolean> = new Map()
  #removals: number
  #tooMany: Hold | undefined

  constructor(tick: Tick, snapshot: Snapshot, failures: Failures, budgets: SharedBudgets | undefined) {
    const { input } = tick
    this.#tick = tick
    this.#snapshot = snapshot
    this.#failures = failures
    this.#budgets = budgets
    this.#blackouts = new Blackouts(input, tick.wake)
    this.#maxDeletions = resolveAmount(input.strategy.maxDeletions ?? '10%', snapshot.involved, limitRule) ?? 0
    this.#removals = snapshot.removing
  }

  /** Whether some candidate is held. */
  get isAnyHeld(): boolean {
    return this.#holds.size > 0 || this.#behind.size > 0
  }

  /** What holds a target; only candidates have it. */
  holdOf(index: number): Hold | undefined {
    const known = this.#holds.get(index)
    if (known !== undefined || this.#behind.size === 0 || this.started.has(index)) return known
    const behind = this.#behind.get(this.#tick.staged.stageOf[index] as number)
    return behind?.startOf(index) === undefined ? undefined : behind.hold
  }

  /**
   * One stage: `startOf` says what each of its targets is to get, if anything.
   *
   * @param among - whether that is something only for targets that could be started, or for others as well
   */
  stage(index: number, startOf: (index: number) => Start | undefined, among: 'startable' | 'members'): void {
    const { staged } = this.#tick
    const stage = staged.stages[index] as ResolvedStage
    let budgets: StageBudgets | undefined
    let exhausted: Hold | undefined
    const blackout = this.#blackouts.of(stage.windows)
    const isAlike = this.#areHeldAlike(stage)
    for (const candidate of this.#inOrder(index, startOf, among)) {
      if (exhausted !== undefined && isAlike) {
        this.#behind.set(index, { hold: exhausted, startOf })
        return
      }
      budgets ??= new StageBudgets(this.#tick, this.#snapshot, this.#failures, index)
      const start = startOf(candidate) as Start
      const held = this.#ownHold(candidate, start.version, blackout, start.why) ?? exhausted
      if (held !== undefined) this.#holds.set(candidate, held)
      else if (start.version === null) this.#removeMember(candidate, start.why, stage, budgets)
      else exhausted = this.#startMember(candidate, start.version, start.why, stage, budgets)
    }
  }

  /** The targets that are no longer selected. */
  deselected(indices: readonly number[]): void {
    const blackout = this.#blackouts.of(undefined)
    for (const index of indices) {
      const held = this.#ownHold(index, null, blackout)
      if (held !== undefined) this.#holds.set(index, held)
      else this.#remove(index, 'deselected', null)
    }
  }

  /** Those of a stage that are to get something, by rank. */
  *#inOrder(stage: number, startOf: (index: number) => Start | undefined, among: 'startable' | 'members'): Iterable<number> {
    const blocks = this.#snapshot.blocksOf(stage)
    for (const rank of [0, 1, 2] as const) {
      for (const { from, marks, counts } of blocks) {
        if (counts[among][rank] === 0) continue
        for (let at = 0; at < marks.length; at += 1)
          if (rankOf(marks[at] as number) === rank && startOf(from + at) !== undefined) yield from + at
      }
    }
  }

  /** Whether nothing that {@link #ownHold} looks at holds any target: then all are held alike once a budget of the stage is used up. */
  #areHeldAlike({ windows }: ResolvedStage): boolean {
    const { input, state } = this.#tick
    return input.dependencies === undefined && state.cohorts.length === 0 && !this.#snapshot.isAnyBusy && this.#blackouts.isClear(windows)
  }

  /** What holds this target and no other because of it. */
  #ownHold(index: number, version: string | null, blackout: ReturnType<Blackouts['of']>, why?: StartCause): Hold | undefined {
    const { staged, input, state } = this.#tick
    const view = staged.views.at(index)
    if (this.#failures.stopped?.[index] === 1 && why !== 'revert') return cohortHold(state, view)
    return blackout(view.labels) ?? this.#busy(view) ?? dependencyHold(input, view.id, version)
  }

  #busy(view: TargetView): Hold | undefined {
    const held = busyHold(view, this.#tick.now)
    if (held?.until !== undefined) this.#tick.wake.add(held.until)
    return held
  }

  /** A removal that is wanted is bound by `maxDeletions` alone; one that reverts is bound by `maxUnavailable` as well. */
  #removeMember(index: number, why: StartCause, stage: ResolvedStage, budgets: StageBudgets): void {
    const over = why === 'revert' ? budgets.overUnavailable(index) : undefined
    if (over !== undefined) this.#holds.set(index, over)
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
      this.#holds.set(index, over)
      return exhausted
    }
    budgets.take(index, version)
    this.#set(index, version, why, stage.name)
    this.#tick.wake.add(this.#tick.now + stage.progressDeadline)
    return undefined
  }

  #overShared(index: number): Hold | undefined {
    if (this.#budgets === undefined || this.#snapshot.has(index, mark.updating)) return undefined
    const held = this.#budgets.take(this.#tick.staged.views.at(index))
    if (held === undefined) this.shared = 'granted'
    else this.shared ??= 'held'
    return held
  }

  #remove(index: number, why: RemovalCause, stage: string | null): boolean {
    if (this.#removals >= this.#maxDeletions) {
      this.#tooMany ??= this.#overDeletions()
      this.#holds.set(index, this.#tooMany)
      return false
    }
    this.#removals += 1
    this.#removing.set(index, true)
    const target = this.#tick.staged.views.at(index).id
    this.started.add(index)
    this.actions.push({ target, stage, remove: true, why })
    this.#tick.record({ at: this.#tick.now, type: 'removed', target, why })
    return true
  }

  #overDeletions(): Hold {
    const indices = new Set(this.#removing.keys())
    for (const { from, marks, counts } of this.#snapshot.blocks) {
      if (counts.removing > 0) for (const [at, marked] of marks.entries()) if ((marked & mark.removing) !== 0) indices.add(from + at)
    }
    const removing = [...indices].filter((index) => this.#removing.get(index) ?? true).sort((a, b) => a - b)
    const ids = removing.slice(0, 3).map((index) => this.#tick.staged.views.at(index).id)
    const message = fullText('maxDeletions', this.#maxDeletions, this.#removals, 'being removed', ids)
    return hold('deletions', message, ['maxDeletions', ...ids.map((id) => `target:${id}`)])
  }

  #set(index: number, version: string, why: StartCause, stage: string): void {
    // Its removal was in progress, and no longer is.
    if (this.#removing.get(index) ?? this.#snapshot.has(index, mark.removing)) {
      this.#removing.set(index, false)
      this.#removals -= 1
      this.#tooMany = undefined
    }
    const target = this.#tick.staged.views.at(index).id
    const { emergency } = this.#tick.input
    this.started.add(index)
    this.actions.push({ target, stage, set: version, why })
    const event = { at: this.#tick.now, type: 'set', target, version, why } as const
    this.#tick.record(emergency === undefined ? event : { ...event, emergency: `${emergency.actor}: ${emergency.reason}` })
  }
}
