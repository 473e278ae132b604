import type { RemovalCause, StartCause } from '../state/cause.ts'
import { limitRule, resolveAmount } from '../strategy/amount.ts'
import type { ResolvedStage } from '../strategy/resolve.ts'
import type { TargetView } from '../target-view.ts'
import { Blackouts, type StageBlackout } from './budgets/blackouts.ts'
import type { SharedBudgets } from './budgets/shared.ts'
import { StageBudgets } from './budgets/stage.ts'
import type { Failures } from './failures.ts'
import { busyHold, cohortHold, dependencyHold, fullText, type Hold, hold } from './hold.ts'
import type { RolloutAction } from './plan.ts'
import { type Block, busyIn, mark, type Rank, rankOf, ranks, removingIn } from './snapshot/block.ts'
import type { Snapshot } from './snapshot.ts'
import type { Tick } from './tick.ts'

/** What a target is to get if nothing holds it: a version, or the removal for `null`. */
export interface Start {
  readonly version: string | null
  readonly why: StartCause
}

/** Those of a stage that may be to get something. */
export type Candidates = 'startable' | 'absent' | 'members'

/** What the targets of a stage are to get, and what holds them. */
interface Turn {
  readonly startOf: (index: number) => Start | undefined
  readonly among: Candidates
  readonly blackout: StageBlackout
  /** Absent for the deselected targets. */
  readonly budgets?: StageBudgets
  /** A budget of the whole stage that is used up: it holds the candidates that have no reason of their own. */
  exhausted: Hold | undefined
  /** Blocks of which no group has a place left: these hold the candidates that have no reason of their own. */
  readonly full: Set<Block>
}

/** Starts what may be started, and knows what holds the other candidates. */
export class Starts {
  readonly actions: RolloutAction[] = []
  /** Whether some candidate is held for a reason of its own. */
  #isAnyHeld: boolean = false
  /** By index, of the candidates that a budget has held. */
  readonly #holds: Map<number, Hold> = new Map()
  /** By stage. */
  readonly #turns: Map<number, Turn> = new Map()
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
    this.#blackouts = new Blackouts(tick)
    this.#maxDeletions = resolveAmount(input.strategy.maxDeletions ?? '10%', snapshot.involved, limitRule) ?? 0
    this.#removals = snapshot.removing
  }

  /** Whether some candidate is held. */
  get isAnyHeld(): boolean {
    return this.#isAnyHeld || this.#holds.size > 0
  }

  /** What holds a target that is not started; only candidates have it. */
  holdOf(index: number): Hold | undefined {
    const known = this.#holds.get(index)
    const turn = this.#turns.get(this.#tick.staged.stageOf[index] as number)
    if (known !== undefined || turn === undefined) return known
    const start = turn.startOf(index)
    if (start === undefined) return undefined
    const isFull = turn.full.size > 0 && turn.full.has(this.#snapshot.block(index))
    return this.#ownHold(index, start, turn.blackout) ?? (isFull ? turn.budgets?.overUnavailable(index) : turn.exhausted)
  }

  /**
   * One stage: `startOf` says what each of its targets is to get, if anything.
   *
   * @param among - the targets for which that may be something
   */
  stage(index: number, startOf: Turn['startOf'], among: Candidates): void {
    const blocks = this.#snapshot.blocksOf(index).filter(({ counts }) => counts[among].some((count) => count > 0))
    if (blocks.length === 0) return
    const stage = this.#tick.staged.stages[index] as ResolvedStage
    const budgets = new StageBudgets(this.#tick, this.#snapshot, this.#failures, index)
    const turn: Turn = { startOf, among, blackout: this.#blackouts.of(stage.windows), budgets, exhausted: undefined, full: new Set() }
    this.#turns.set(index, turn)
    const open = among === 'startable' ? blocks.filter((block) => this.#isOpen(block, turn)) : blocks
    for (const rank of ranks) {
      for (const block of open) if (block.counts[among][rank] > 0 && !this.#startIn(block, rank, stage, turn, budgets)) return
    }
  }

  /** Starts what may be started of a block. Returns whether those behind it are to be looked at as well. */
  #startIn(block: Block, rank: Rank, stage: ResolvedStage, turn: Turn, budgets: StageBudgets): boolean {
    if (turn.among === 'startable' && rank === 2 && budgets.isFull(block)) {
      turn.full.add(block)
      this.#isAnyHeld = true
      return true
    }
    // What those behind a used-up budget have of their own changes by itself where it is by label, or a veto.
    const isNoted = turn.among === 'startable' || !(this.#blackouts.isByLabel || this.#snapshot.isAnyBusy)
    for (const { index, start } of candidatesIn(block, rank, turn)) {
      if (turn.exhausted !== undefined && isNoted) return false
      const held = this.#ownHold(index, start, turn.blackout) ?? turn.exhausted
      if (held !== undefined) this.#isAnyHeld = true
      else if (start.version === null) this.#removeMember(index, start.why, stage, budgets)
      else turn.exhausted = this.#startMember(index, start.version, start.why, stage, budgets)
    }
    return true
  }

  /** The targets that are no longer selected. */
  deselected(): void {
    const stage = this.#tick.staged.stages.length
    const removal: Start = { version: null, why: 'stage' }
    const startOf = (index: number): Start | undefined => (this.#snapshot.state(index) === 'deselected' ? removal : undefined)
    const turn: Turn = { startOf, among: 'members', blackout: this.#blackouts.of(undefined), exhausted: undefined, full: new Set() }
    this.#turns.set(stage, turn)
    for (const block of this.#snapshot.blocksOf(stage)) {
      for (const { index } of candidatesIn(block, 2, turn)) {
        if (this.#ownHold(index, removal, turn.blackout) !== undefined) this.#isAnyHeld = true
        else this.#remove(index, 'deselected', null)
      }
    }
  }

  /** Whether a block has targets that could be started and are not all in a blackout. Notes when that changes by itself. */
  #isOpen(block: Block, { startOf, blackout }: Turn): boolean {
    if (blackout.holdsAll(block)) {
      this.#isAnyHeld = true
      return false
    }
    for (const index of busyIn(block)) {
      const start = startOf(index)
      if (start !== undefined) this.#ownHold(index, start, blackout)
    }
    return true
  }

  /** What holds this target and no other because of it. */
  #ownHold(index: number, { version, why }: Start, { holdOf }: StageBlackout): Hold | undefined {
    const { staged, input, state } = this.#tick
    const view = staged.views.at(index)
    if (this.#failures.stopped?.[index] === 1 && why !== 'revert') return cohortHold(state, view)
    return holdOf(index) ?? this.#busy(view) ?? dependencyHold(input, view.id, version)
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
    for (const block of this.#snapshot.blocks) for (const index of removingIn(block)) indices.add(index)
    const removing = [...indices].filter((index) => this.#removing.get(index) ?? true).sort((a, b) => a - b)
    const ids = removing.slice(0, 3).map((index) => this.#tick.staged.views.at(index).id)
    const message = fullText('maxDeletions', this.#maxDeletions, this.#removals, 'being removed', ids)
    return hold('deletions', message, ['maxDeletions', ...ids.map((id) => `target:${id}`)])
  }

  #set(index: number, version: string, why: StartCause, stage: string): void {
    // Its removal was in progress, and no longer is.
    if (this.#snapshot.has(index, mark.removing)) {
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

/** Those of a block that have a rank and are to get something. */
function* candidatesIn({ from, marks }: Block, rank: Rank, { startOf }: Turn): Iterable<{ readonly index: number; readonly start: Start }> {
  for (let at = 0; at < marks.length; at += 1) {
    const start = rankOf(marks[at] as number) === rank ? startOf(from + at) : undefined
    if (start !== undefined) yield { index: from + at, start }
  }
}
