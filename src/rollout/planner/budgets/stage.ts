import { limitRule, resolveAmount } from '../../strategy/amount.ts'
import type { ResolvedStage } from '../../strategy/resolve.ts'
import { tolerated } from '../../strategy/tolerance.ts'
import type { Failures } from '../failures.ts'
import { type Hold, hold } from '../hold.ts'
import type { Snapshot } from '../snapshot.ts'
import type { Tick } from '../tick.ts'

/** What is left of the budgets of a stage. */
export class StageBudgets {
  readonly #wanted: string | null
  readonly #snapshot: Snapshot
  readonly #groupOf: Uint32Array
  #concurrency: number
  /** Without `strict`, infinite. */
  #tolerance: number = Number.POSITIVE_INFINITY
  /** By group. */
  readonly #unavailable: Map<number, number>
  readonly #full: { readonly concurrency: Hold; readonly tolerance: Hold; readonly unavailable: Hold }

  constructor({ wanted, staged }: Tick, snapshot: Snapshot, { failed, finished }: Failures, index: number) {
    const stage = staged.stages[index] as ResolvedStage
    const [from, to] = [staged.first[index] as number, staged.first[index + 1] as number]
    const usage = usageOf(staged.views, snapshot, from, to)
    const limit = resolveAmount(stage.maxConcurrency, to - from, limitRule) ?? 0
    this.#wanted = wanted
    this.#snapshot = snapshot
    this.#groupOf = staged.groupOf
    this.#concurrency = limit - usage.updating
    if (stage.strict) {
      const most = tolerated(stage.maxFailures, Math.max(to - from, finished[index] as number))
      this.#tolerance = most + 1 - (failed[index] as number) - usage.inFlight
    }
    this.#unavailable = new Map()
    for (let member = from; member < to; member += 1) {
      const group = staged.groupOf[member] as number
      const left = this.#unavailable.get(group) ?? resolveAmount(stage.maxUnavailable, staged.groupSize[group] as number, limitRule) ?? 0
      this.#unavailable.set(group, left - (snapshot.unavailable[member] as number))
    }
    this.#full = fullHolds(stage.name, limit, usage)
  }

  /** A budget of the whole stage that has nothing left for this one; then none of those behind it is started either. */
  exhausted(index: number, version: string | null): Hold | undefined {
    if (version === this.#wanted && this.#tolerance <= 0) return this.#full.tolerance
    return this.#snapshot.updating[index] === 1 || this.#concurrency > 0 ? undefined : this.#full.concurrency
  }

  /** The budget of the group has nothing left for this one. One that is unavailable already costs nothing. */
  overUnavailable(index: number): Hold | undefined {
    const left = this.#unavailable.get(this.#groupOf[index] as number) ?? 0
    return this.#snapshot.unavailable[index] === 1 || left > 0 ? undefined : this.#full.unavailable
  }

  /** Takes from the budgets what changing this one to `version` costs. A removal gives back the concurrency that it used. */
  take(index: number, version: string | null): void {
    const updating = this.#snapshot.updating[index] === 1
    if (version === null && updating) this.#concurrency += 1
    if (version !== null && !updating) this.#concurrency -= 1
    const group = this.#groupOf[index] as number
    if (this.#snapshot.unavailable[index] === 0) this.#unavailable.set(group, (this.#unavailable.get(group) ?? 0) - 1)
    if (version === this.#wanted) this.#tolerance -= 1
  }
}

/** What the members of a stage use of its budgets, and a few of their ids. */
interface Usage {
  readonly updating: number
  /** Those on which it is still open whether the wanted version fails. */
  readonly inFlight: number
  readonly updatingIds: readonly string[]
  readonly unavailableIds: readonly string[]
  /** When the first update ends by itself. */
  readonly until: number
}

function usageOf(views: readonly { readonly id: string }[], snapshot: Snapshot, from: number, to: number): Usage {
  const updatingIds: string[] = []
  const unavailableIds: string[] = []
  let [updating, inFlight, until] = [0, 0, Number.POSITIVE_INFINITY]
  for (let index = from; index < to; index += 1) {
    const state = snapshot.states[index]
    if (state === 'updating' || state === 'soaking') inFlight += 1
    if (snapshot.unavailable[index] === 1 && unavailableIds.length < 3) unavailableIds.push(`target:${views[index]?.id}`)
    if (snapshot.updating[index] !== 1) continue
    updating += 1
    until = Math.min(until, snapshot.timer[index] as number)
    if (updatingIds.length < 3) updatingIds.push(`target:${views[index]?.id}`)
  }
  return { updating, inFlight, updatingIds, unavailableIds, until }
}

function fullHolds(
  name: string,
  limit: number,
  { updatingIds, unavailableIds, until }: Usage,
): Record<'concurrency' | 'tolerance' | 'unavailable', Hold> {
  const stage = `stage:${name}`
  return {
    concurrency:
      limit === 0
        ? hold('concurrency', `maxConcurrency of ${name} is 0, so nothing starts`, [stage])
        : hold('concurrency', `maxConcurrency of ${name} is used up`, [stage, ...updatingIds], until),
    tolerance: hold('tolerance', `one more failure in ${name} could exceed its maxFailures`, [stage, ...updatingIds], until),
    unavailable: hold('unavailable', `maxUnavailable of ${name} is used up`, [stage, ...unavailableIds], until),
  }
}
