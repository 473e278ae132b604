import type { RemovalCause, StartCause } from '../state/cause.ts'
import { limitRule, resolveAmount } from '../strategy/amount.ts'
import type { ResolvedStage } from '../strategy/resolve.ts'
import { tolerated } from '../strategy/tolerance.ts'
import type { TargetView } from '../target-view.ts'
import { type Closure, Freezes, outside } from './budgets/blackouts.ts'
import type { Ledger } from './budgets/shared.ts'
import type { Failures } from './failures.ts'
import { type Hold, hold } from './hold.ts'
import type { RolloutAction } from './plan.ts'
import type { Facts } from './snapshot.ts'
import { MOVING, SOAKING } from './target-state.ts'
import type { Round } from './tick.ts'

/** What a target is to get, were it free to: a version, or nothing for `null`. */
export interface Wanted {
  readonly version: string | null
  readonly why: StartCause
}

/** Starts what may be started, and notes for the rest of the candidates what holds them. */
export class Starts {
  readonly actions: RolloutAction[] = []
  /** By place; only candidates have one. */
  readonly holds: (Hold | undefined)[]
  /** By place, 1 for those with an action. */
  readonly started: Uint8Array
  /** Whether something was held by a shared budget, and whether something got a place in all of them. */
  shared: 'held' | 'granted' | undefined
  readonly #round: Round
  readonly #facts: Facts
  readonly #failures: Failures
  readonly #ledger: Ledger | undefined
  readonly #freezes: Freezes
  #deletions: number

  constructor(round: Round, facts: Facts, failures: Failures, ledger: Ledger | undefined) {
    this.#round = round
    this.#facts = facts
    this.#failures = failures
    this.#ledger = ledger
    this.holds = new Array(round.layout.views.length).fill(undefined)
    this.started = new Uint8Array(round.layout.views.length)
    const { freezes, emergency, strategy } = round.input
    this.#freezes = new Freezes(emergency === undefined ? (freezes ?? []) : [], round.now)
    this.#deletions = (resolveAmount(strategy.maxDeletions ?? '10%', facts.concerned, limitRule) ?? 0) - facts.removing
  }

  /** One stage: `wanted` says what each of its targets is to get, if anything. */
  stage(index: number, wanted: (place: number) => Wanted | undefined): void {
    const { layout } = this.#round
    const stage = layout.stages[index] as ResolvedStage
    const candidates = this.#inOrder(layout.first[index] as number, layout.first[index + 1] as number, wanted)
    if (candidates.length === 0) return
    const budgets = new StageBudgets(this.#round, this.#facts, this.#failures, index)
    const closed = this.#closure(stage)
    let exhausted: Hold | undefined
    for (const place of candidates) {
      const want = wanted(place) as Wanted
      const { version, why } = want
      const held = this.#reasonOfItsOwn(place, version, closed, why) ?? exhausted
      if (held !== undefined) {
        this.holds[place] = held
        continue
      }
      if (version === null) {
        const over = why === 'revert' ? budgets.overUnavailable(place) : undefined
        if (over !== undefined) this.holds[place] = over
        else if (this.#remove(place, why === 'revert' ? why : 'absent', stage.name)) budgets.take(place, want)
        continue
      }
      exhausted = budgets.exhausted(place, want)
      const over = exhausted ?? budgets.overUnavailable(place) ?? this.#overShared(place)
      if (over !== undefined) this.holds[place] = over
      else {
        budgets.take(place, want)
        this.#set(place, version, why, stage.name)
        this.#round.wake.add(this.#round.now + stage.progressDeadline)
      }
    }
  }

  /** The targets that have left. */
  leavers(places: readonly number[]): void {
    const closed = this.#closure(undefined)
    for (const place of places) {
      const held = this.#reasonOfItsOwn(place, null, closed)
      if (held !== undefined) this.holds[place] = held
      else this.#remove(place, 'deselected', null)
    }
  }

  /** Those that cost nothing come first: on their way already, then down already. */
  #inOrder(from: number, to: number, wanted: (place: number) => Wanted | undefined): readonly number[] {
    const updating: number[] = []
    const down: number[] = []
    const others: number[] = []
    for (let place = from; place < to; place += 1) {
      if (wanted(place) === undefined) continue
      if (this.#facts.slot[place] === 1) updating.push(place)
      else if (this.#facts.down[place] === 1) down.push(place)
      else others.push(place)
    }
    return updating.concat(down, others)
  }

  #closure(stage: ResolvedStage | undefined): Hold | undefined {
    const { input, now } = this.#round
    if (input.emergency !== undefined) return undefined
    const closure = this.#freezes.whole ?? later(outside(input.windows, now), outside(stage?.windows, now))
    return closure === undefined ? undefined : closureHold(closure)
  }

  #reasonOfItsOwn(place: number, version: string | null, closed: Hold | undefined, why?: StartCause): Hold | undefined {
    const { layout, input } = this.#round
    const view = layout.views[place] as TargetView
    if (this.#failures.stopped[place] === 1 && why !== 'revert') return cohortHold(this.#round, view)
    if (closed !== undefined) return closed
    const frozen = this.#freezes.of(view.labels)
    if (frozen !== undefined) return closureHold(frozen)
    if (input.dependencies === undefined || !Object.hasOwn(input.dependencies, view.id)) return undefined
    const verdict = input.dependencies[view.id]
    const path = version === null ? verdict?.removal : verdict?.start
    if (path === undefined) return undefined
    const [reason, text] = version === null ? (['still-needed', 'is still needed by'] as const) : (['dependency', 'waits for'] as const)
    return hold(reason, `${input.module.id} ${text} ${path.at(-1) ?? 'another module'} on ${view.id}`, [...path, `target:${view.id}`])
  }

  #overShared(place: number): Hold | undefined {
    if (this.#ledger === undefined || this.#facts.slot[place] === 1) return undefined
    const budget = this.#ledger.take(this.#round.layout.views[place] as TargetView)
    if (budget !== undefined) {
      this.shared ??= 'held'
      return hold('shared-budget', `the budget ${budget} is used up`, [`budget:${budget}`])
    }
    this.shared = 'granted'
    return undefined
  }

  #remove(place: number, why: RemovalCause, stage: string | null): boolean {
    if (this.#deletions <= 0) {
      this.holds[place] = hold('deletions', 'as many removals as may be are under way', ['maxDeletions'])
      return false
    }
    this.#deletions -= 1
    const target = (this.#round.layout.views[place] as TargetView).id
    this.started[place] = 1
    this.actions.push({ target, stage, remove: true, why })
    this.#round.record({ at: this.#round.now, type: 'removed', target, why })
    return true
  }

  #set(place: number, version: string, why: StartCause, stage: string): void {
    // It was being removed, and no longer is.
    if (this.#facts.slot[place] === 2) this.#deletions += 1
    const target = (this.#round.layout.views[place] as TargetView).id
    const { emergency } = this.#round.input
    this.started[place] = 1
    this.actions.push({ target, stage, set: version, why })
    const event = { at: this.#round.now, type: 'set', target, version, why } as const
    this.#round.record(emergency === undefined ? event : { ...event, emergency: `${emergency.actor}: ${emergency.reason}` })
  }
}

/** What is left of the budgets of a stage. */
class StageBudgets {
  readonly #round: Round
  readonly #facts: Facts
  readonly #name: string
  readonly #limit: number
  #concurrency: number
  #strict: number = Number.POSITIVE_INFINITY
  readonly #unavailable: Map<number, number> = new Map()
  readonly #busy: readonly string[]
  readonly #downs: readonly string[]
  readonly #until: number
  #over: Hold | undefined

  constructor(round: Round, facts: Facts, failures: Failures, index: number) {
    const { layout } = round
    const stage = layout.stages[index] as ResolvedStage
    const [from, to] = [layout.first[index] as number, layout.first[index + 1] as number]
    this.#round = round
    this.#facts = facts
    this.#name = stage.name
    const busy: string[] = []
    const downs: string[] = []
    let [slots, inFlight, until] = [0, 0, Number.POSITIVE_INFINITY]
    for (let place = from; place < to; place += 1) {
      const group = layout.groupOf[place] as number
      let left = this.#unavailable.get(group)
      left ??= resolveAmount(stage.maxUnavailable, layout.groupSize[group] as number, limitRule) ?? 0
      this.#unavailable.set(group, left - (facts.down[place] as number))
      if (facts.standing[place] === MOVING || facts.standing[place] === SOAKING) inFlight += 1
      if (facts.down[place] === 1 && downs.length < 3) downs.push(`target:${layout.views[place]?.id}`)
      if (facts.slot[place] !== 1) continue
      slots += 1
      until = Math.min(until, facts.timer[place] as number)
      if (busy.length < 3) busy.push(`target:${layout.views[place]?.id}`)
    }
    this.#limit = resolveAmount(stage.maxConcurrency, to - from, limitRule) ?? 0
    this.#concurrency = this.#limit - slots
    if (stage.strict)
      this.#strict =
        tolerated(stage.maxFailures, Math.max(to - from, failures.finished[index] as number)) +
        1 -
        (failures.failed[index] as number) -
        inFlight
    this.#busy = busy
    this.#downs = downs
    this.#until = until
  }

  /** A budget of the whole stage that has nothing left for this one; then nobody behind it goes either. */
  exhausted(place: number, { version }: Wanted): Hold | undefined {
    const stage = `stage:${this.#name}`
    if (version === this.#round.wanted && this.#strict <= 0) {
      return hold('tolerance', `one more could exceed what may fail in ${this.#name}`, [stage, ...this.#busy], this.#until)
    }
    if (this.#facts.slot[place] === 1 || this.#concurrency > 0) return undefined
    if (this.#limit === 0) return hold('concurrency', `${this.#name} lets none move: its maxConcurrency is 0`, [stage])
    return hold('concurrency', `${this.#limit} are on their way in ${this.#name}, and no more may be`, [stage, ...this.#busy], this.#until)
  }

  overUnavailable(place: number): Hold | undefined {
    if (this.#facts.down[place] === 1 || (this.#unavailable.get(this.#round.layout.groupOf[place] as number) ?? 0) > 0) return undefined
    this.#over ??= hold('unavailable', `no more may be unavailable in ${this.#name}`, [`stage:${this.#name}`, ...this.#downs], this.#until)
    return this.#over
  }

  take(place: number, { version }: Wanted): void {
    const group = this.#round.layout.groupOf[place] as number
    // A removal uses up none, and gives back what the target had.
    const slot = this.#facts.slot[place] === 1
    if (version === null ? slot : !slot) this.#concurrency += version === null ? 1 : -1
    if (this.#facts.down[place] === 0) this.#unavailable.set(group, (this.#unavailable.get(group) ?? 0) - 1)
    if (version === this.#round.wanted) this.#strict -= 1
  }
}

function closureHold({ reason, by, until }: Closure): Hold {
  return hold(reason, reason === 'window' ? 'outside of all windows' : 'frozen', by, until)
}

function cohortHold({ state }: Round, { labels }: TargetView): Hold {
  const cohort = state.cohorts.find((text) => {
    const split = text.indexOf('=')
    return labels?.[text.slice(0, split)] === text.slice(split + 1)
  })
  return hold('cohort-halted', `failures gather under ${cohort}`, [`cohort:${cohort}`])
}

function later(a: Closure | undefined, b: Closure | undefined): Closure | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return (a.until ?? Number.POSITIVE_INFINITY) >= (b.until ?? Number.POSITIVE_INFINITY) ? a : b
}
