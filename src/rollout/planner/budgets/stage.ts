import { limitRule, resolveAmount } from '../../strategy/amount.ts'
import type { ResolvedStage } from '../../strategy/resolve.ts'
import { formatTolerance, tolerated } from '../../strategy/tolerance.ts'
import type { TargetView } from '../../target-view.ts'
import type { StagedTargets } from '../assign-stages.ts'
import type { Failures } from '../failures.ts'
import { fullText, type Hold, hold } from '../hold.ts'
import type { Snapshot } from '../snapshot.ts'
import type { Tick } from '../tick.ts'
import { StartRate } from './start-rate.ts'

/** What is left of the budgets of a stage. */
export class StageBudgets {
  readonly #wanted: string | null
  readonly #snapshot: Snapshot
  readonly #staged: StagedTargets
  readonly #stage: ResolvedStage
  readonly #limit: number
  readonly #usage: Usage
  /** How many more failures are tolerated, and how many have happened. */
  readonly #failed: { readonly tolerated: number; readonly count: number }
  readonly #rate: StartRate | undefined
  /** By group. */
  readonly #groups: Map<number, GroupUsage> = new Map()

  constructor(tick: Tick, snapshot: Snapshot, { failed, finished }: Failures, index: number) {
    const { wanted, staged } = tick
    const stage = staged.stages[index] as ResolvedStage
    const [from, to] = [staged.first[index] as number, staged.first[index + 1] as number]
    this.#wanted = wanted
    this.#snapshot = snapshot
    this.#staged = staged
    this.#stage = stage
    this.#limit = resolveAmount(stage.maxConcurrency, to - from, limitRule) ?? 0
    this.#usage = usageOf(staged.views, snapshot, from, to)
    const most = stage.strict ? tolerated(stage.maxFailures, Math.max(to - from, finished[index] as number)) : Number.POSITIVE_INFINITY
    this.#rate = stage.maxStarts && new StartRate(tick, stage.name, stage.maxStarts, from, to)
    this.#failed = { tolerated: most, count: failed[index] as number }
    for (let member = from; member < to; member += 1) {
      if (snapshot.unavailable[member] === 1) countUnavailable(this.#groupOf(member), staged.views[member]?.id as string)
    }
  }

  /** A budget of the whole stage that has nothing left for this one; then none of those behind it is started either. */
  exhausted(index: number, version: string | null): Hold | undefined {
    const { tolerated: most, count } = this.#failed
    if (version === this.#wanted && most + 1 - count - this.#usage.inFlight <= 0) return this.#overTolerance()
    if (this.#snapshot.updating[index] !== 1 && this.#usage.updating >= this.#limit) return this.#overConcurrency()
    return this.#rate?.full
  }

  /** The budget of the group has nothing left for this one. One that is unavailable already costs nothing. */
  overUnavailable(index: number): Hold | undefined {
    const group = this.#groupOf(index)
    if (this.#snapshot.unavailable[index] === 1 || group.unavailable < group.limit) return undefined
    group.full ??= this.#fullGroup(group, this.#staged.views[index] as TargetView)
    return group.full
  }

  /** Takes from the budgets what changing this one to `version` costs. A removal gives back the concurrency that it used. */
  take(index: number, version: string | null): void {
    const id = this.#staged.views[index]?.id as string
    const updating = this.#snapshot.updating[index] === 1
    if (version === null && updating) this.#usage.updating -= 1
    if (version !== null && !updating) countUpdating(this.#usage, id)
    this.#rate?.take(id)
    if (this.#snapshot.unavailable[index] === 0) countUnavailable(this.#groupOf(index), id)
    if (version === this.#wanted) this.#usage.inFlight += 1
  }

  #groupOf(index: number): GroupUsage {
    const { groupOf, groupSize } = this.#staged
    const group = groupOf[index] as number
    const known = this.#groups.get(group)
    if (known !== undefined) return known
    const limit = resolveAmount(this.#stage.maxUnavailable, groupSize[group] as number, limitRule) ?? 0
    const usage: GroupUsage = { limit, unavailable: 0, ids: [], full: undefined }
    this.#groups.set(group, usage)
    return usage
  }

  #overConcurrency(): Hold {
    const { name } = this.#stage
    const { updating, updatingIds, until } = this.#usage
    if (this.#limit === 0) return hold('concurrency', fullText(`maxConcurrency of ${name}`, 0, 0, '', []), [`stage:${name}`])
    const message = fullText(`maxConcurrency of ${name}`, this.#limit, updating, 'updating', updatingIds)
    return hold('concurrency', message, [`stage:${name}`, ...paths(updatingIds)], until)
  }

  #overTolerance(): Hold {
    const { name, maxFailures } = this.#stage
    const { inFlight, updatingIds, until } = this.#usage
    const why = `${this.#failed.count} failed and ${inFlight} may yet, ${formatTolerance(maxFailures)} tolerated`
    const message = `one more failure in ${name} could exceed its maxFailures: ${why}`
    return hold('tolerance', message, [`stage:${name}`, ...paths(updatingIds)], until)
  }

  #fullGroup({ unavailable, limit, ids }: GroupUsage, { labels = {} }: TargetView): Hold {
    const { name, within } = this.#stage
    const value = within !== undefined && Object.hasOwn(labels, within) ? `=${labels[within]}` : ''
    const where = within === undefined ? name : value === '' ? `${name} without ${within}` : `${name} in ${within}${value}`
    const message = fullText(`maxUnavailable of ${where}`, limit, unavailable, 'unavailable', ids)
    return hold('unavailable', message, [`stage:${name}`, ...paths(ids)], this.#usage.until)
  }
}

/** What the members of a stage use of its budgets, and a few of their ids. */
interface Usage {
  updating: number
  /** Those on which it is still open whether the wanted version fails. */
  inFlight: number
  readonly updatingIds: string[]
  /** When the first update ends by itself. */
  until: number
}

/** What the members of a group of `within` use, a few of their ids, and what holds the others once that is all. */
interface GroupUsage {
  readonly limit: number
  unavailable: number
  readonly ids: string[]
  full: Hold | undefined
}

function usageOf(views: readonly TargetView[], snapshot: Snapshot, from: number, to: number): Usage {
  const usage: Usage = { updating: 0, inFlight: 0, updatingIds: [], until: Number.POSITIVE_INFINITY }
  for (let index = from; index < to; index += 1) {
    const state = snapshot.states[index]
    if (state === 'updating' || state === 'soaking') usage.inFlight += 1
    if (snapshot.updating[index] !== 1) continue
    countUpdating(usage, views[index]?.id as string)
    usage.until = Math.min(usage.until, snapshot.timer[index] as number)
  }
  return usage
}

function countUpdating(usage: Usage, id: string): void {
  usage.updating += 1
  if (usage.updatingIds.length < 3) usage.updatingIds.push(id)
}

function countUnavailable(group: GroupUsage, id: string): void {
  group.unavailable += 1
  if (group.ids.length < 3) group.ids.push(id)
}

function paths(ids: readonly string[]): readonly string[] {
  return ids.map((id) => `target:${id}`)
}
