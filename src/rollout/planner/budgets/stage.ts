import { getOrMake } from '../../get-or-make.ts'
import { capacityOf, fits, weightOf } from '../../strategy/capacity.ts'
import type { ResolvedStage } from '../../strategy/resolve.ts'
import { formatTolerance, tolerated } from '../../strategy/tolerance.ts'
import { labelOf, type TargetView } from '../../target-view.ts'
import type { Failures } from '../failures.ts'
import { fullText, type Hold, hold } from '../hold.ts'
import { type Block, mark } from '../snapshot/block.ts'
import { Few } from '../snapshot/few.ts'
import type { Snapshot } from '../snapshot.ts'
import type { StagedTargets } from '../targets/staged-targets.ts'
import type { Tick } from '../tick.ts'
import { availableIn, blockUsage } from './block-usage.ts'
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
    const size = (staged.first[index + 1] as number) - (staged.first[index] as number)
    const blocks = snapshot.blocksOf(index)
    this.#wanted = wanted
    this.#snapshot = snapshot
    this.#staged = staged
    this.#stage = stage
    this.#usage = { updating: 0, inFlight: 0, updatingIds: new Few(), until: Number.POSITIVE_INFINITY }
    let total = stage.weighted ? 0 : size
    for (const block of blocks) {
      const used = blockUsage(block, stage.weighted)
      this.#usage.updating += used.updating
      this.#usage.inFlight += used.inFlight
      this.#usage.updatingIds.join(used.updatingIds)
      this.#usage.until = Math.min(this.#usage.until, used.until)
      total += used.weight
      for (const [number, { weight, unavailable, ids }] of used.groups) {
        const group = this.#group(number)
        group.total += weight
        group.unavailable += unavailable
        group.ids.join(ids)
      }
    }
    this.#limit = capacityOf(stage.maxConcurrency, total, stage.weighted)
    const most = stage.strict ? tolerated(stage.maxFailures, Math.max(size, finished[index] as number)) : Number.POSITIVE_INFINITY
    this.#rate = stage.maxStarts && new StartRate(tick, stage, stage.maxStarts, total, blocks)
    this.#failed = { tolerated: most, count: failed[index] as number }
  }

  /** A budget of the whole stage that has nothing left for this one; then none of those behind it is started either. */
  exhausted(index: number, version: string | null): Hold | undefined {
    const { tolerated: most, count } = this.#failed
    if (version === this.#wanted && most + 1 - count - this.#usage.inFlight <= 0) return this.#overTolerance()
    const isUpdating = this.#snapshot.has(index, mark.updating)
    if (!isUpdating && !fits(this.#costOf(index), this.#usage.updating, this.#limit)) return this.#overConcurrency()
    return this.#rate?.holdOf(this.#staged.views.at(index))
  }

  /** The budget of the group has nothing left for this one. One that is unavailable already costs nothing. */
  overUnavailable(index: number): Hold | undefined {
    const group = this.#groupOf(index)
    if (this.#snapshot.has(index, mark.unavailable)) return undefined
    if (fits(this.#costOf(index), group.unavailable, this.#capacityOf(group))) return undefined
    // By weight a lighter one may have had room meanwhile.
    if (this.#stage.weighted) return this.#fullGroup(group, this.#staged.views.at(index))
    group.full ??= this.#fullGroup(group, this.#staged.views.at(index))
    return group.full
  }

  /**
   * Whether the groups have nothing left for any of those in a block that could be started and are available, and that alone holds them. By
   * weight a lighter one may have room.
   */
  isFull(block: Block): boolean {
    // A removal waits for no place.
    if (this.#stage.weighted || this.#wanted === null) return false
    const available = availableIn(block)
    for (const number of available.keys()) {
      const group = this.#group(number)
      if (fits(1, group.unavailable, this.#capacityOf(group))) return false
    }
    for (const index of available.values()) if (this.exhausted(index, this.#wanted) !== undefined) return false
    return true
  }

  /** Takes from the budgets what changing this one to `version` costs. A removal gives back the concurrency that it used. */
  take(index: number, version: string | null): void {
    const updating = this.#snapshot.has(index, mark.updating)
    if (version === null && updating) this.#usage.updating -= this.#costOf(index)
    if (version !== null && !updating) this.#addUpdating(index)
    this.#rate?.take(this.#staged.views.at(index))
    if (!this.#snapshot.has(index, mark.unavailable)) this.#addUnavailable(index)
    if (version === this.#wanted) this.#usage.inFlight += 1
  }

  #costOf(index: number): number {
    return this.#stage.weighted ? weightOf(this.#staged.views.at(index)) : 1
  }

  #groupOf(index: number): GroupUsage {
    return this.#group(this.#staged.groupOf[index] as number)
  }

  #group(number: number): GroupUsage {
    return getOrMake(this.#groups, number, () => {
      const total = this.#stage.weighted ? 0 : (this.#staged.groupSize[number] as number)
      return { total, unavailable: 0, ids: new Few(), capacity: undefined, full: undefined }
    })
  }

  #capacityOf(group: GroupUsage): number {
    group.capacity ??= capacityOf(this.#stage.maxUnavailable, group.total, this.#stage.weighted)
    return group.capacity
  }

  #addUpdating(index: number): void {
    this.#usage.updating += this.#costOf(index)
    this.#usage.updatingIds.add(this.#staged.views.at(index).id)
  }

  #addUnavailable(index: number): void {
    const group = this.#groupOf(index)
    group.unavailable += this.#costOf(index)
    group.ids.add(this.#staged.views.at(index).id)
  }

  /** A budget with no room for one more. */
  #text(budget: string, limit: number, used: number, doing: string, ids: Few): string {
    return fullText(budget, limit, used, doing, ids.first, this.#stage.weighted ? ids.count : undefined)
  }

  #overConcurrency(): Hold {
    const { name } = this.#stage
    const { updating, updatingIds, until } = this.#usage
    const message = this.#text(`maxConcurrency of ${name}`, this.#limit, updating, 'updating', updatingIds)
    if (this.#limit === 0) return hold('concurrency', message, [`stage:${name}`])
    return hold('concurrency', message, [`stage:${name}`, ...paths(updatingIds)], until)
  }

  #overTolerance(): Hold {
    const { name, maxFailures } = this.#stage
    const { inFlight, updatingIds, until } = this.#usage
    const why = `${this.#failed.count} failed and ${inFlight} may yet, ${formatTolerance(maxFailures)} tolerated`
    const message = `one more failure in ${name} could exceed its maxFailures: ${why}`
    return hold('tolerance', message, [`stage:${name}`, ...paths(updatingIds)], until)
  }

  #fullGroup(group: GroupUsage, { labels }: TargetView): Hold {
    const { name, within } = this.#stage
    const value = labelOf(labels, within)
    const where = within === undefined ? name : value === undefined ? `${name} without ${within}` : `${name} in ${within}=${value}`
    const { unavailable, ids } = group
    const message = this.#text(`maxUnavailable of ${where}`, this.#capacityOf(group), unavailable, 'unavailable', ids)
    return hold('unavailable', message, [`stage:${name}`, ...paths(ids)], this.#usage.until)
  }
}

/** What the members of a stage use of its budgets. */
interface Usage {
  updating: number
  /** How many there are on which it is still open whether the wanted version fails. */
  inFlight: number
  readonly updatingIds: Few
  /** When the first update ends by itself. */
  until: number
}

/** What the members of a group of `within` use, and what holds the others once that is all. */
interface GroupUsage {
  total: number
  unavailable: number
  readonly ids: Few
  capacity: number | undefined
  full: Hold | undefined
}

function paths({ first }: Few): readonly string[] {
  return first.map((id) => `target:${id}`)
}
