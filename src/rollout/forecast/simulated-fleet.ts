import { isGone, isReady } from '../planner/outcome.ts'
import type { RolloutAction } from '../planner/plan.ts'
import type { TargetView } from '../target-view.ts'
import { assignVersion, observePhase } from '../view.ts'
import type { Assumptions } from './assumptions.ts'
import { Outcomes, type ReachChange, reachChangesOf } from './outcomes.ts'

/** A fleet that does what is assumed of it. Time is set from outside. */
export class SimulatedFleet {
  readonly #assume: Assumptions
  readonly #wanted: string | null
  readonly #views: TargetView[]
  /** By id, the position in the list. */
  readonly #indices: ReadonlyMap<string, number>
  readonly #due: Map<string, { readonly at: number; readonly phase: 'ready' | 'failed' }> = new Map()
  readonly #outcomes: Outcomes = new Outcomes()
  /** Those that are due, the next one first. */
  readonly #reachChanges: ReachChange[]
  /** The clusters that are reachable, have something, and are not ready. */
  readonly unavailable: Set<string> = new Set()

  constructor(clusters: readonly TargetView[], wanted: string | null, start: number, assume: Assumptions) {
    this.#assume = assume
    this.#wanted = wanted
    this.#views = [...clusters]
    this.#indices = new Map(clusters.map(({ id }, index) => [id, index]))
    for (const view of clusters) this.#put(view)
    this.#reachChanges = reachChangesOf(assume.outages, start)
    this.passTo(start)
  }

  get views(): readonly TargetView[] {
    return [...this.#views]
  }

  /** One of its clusters. */
  view(id: string): TargetView {
    return this.#views[this.#indices.get(id) as number] as TargetView
  }

  /** When something happens next. */
  get next(): number {
    let next = this.#reachChanges[0]?.at ?? Number.POSITIVE_INFINITY
    for (const [id, { at }] of this.#due) if (this.view(id).reach.ok) next = Math.min(next, at)
    return next
  }

  /** Lets everything happen that is due by then. */
  passTo(now: number): void {
    const later = this.#reachChanges.findIndex(({ at }) => at > now)
    for (const { at, cluster, ok } of this.#reachChanges.splice(0, later === -1 ? this.#reachChanges.length : later)) {
      const view = this.view(cluster)
      if (view.reach.ok !== ok) this.#put({ ...view, reach: { ok, since: at } })
    }
    for (const [id, { at, phase }] of this.#due) {
      const view = this.view(id)
      if (at > now || !view.reach.ok) continue
      this.#due.delete(id)
      this.#put(observePhase(view, phase, now))
    }
  }

  /** Assigns to the clusters what was decided. */
  carryOut(actions: readonly RolloutAction[], now: number): void {
    for (const action of actions) {
      const view = this.view(action.target)
      const version = 'set' in action ? action.set : null
      this.#put(assignVersion(view, version, now))
      const { phase, takes } = this.#outcomes.next(view, version !== null && version === this.#wanted, this.#assume)
      this.#due.set(view.id, { at: now + takes, phase })
    }
  }

  #put(view: TargetView): void {
    this.#views[this.#indices.get(view.id) as number] = view
    if (!isGone(view) && view.reach.ok && !isReady(view)) this.unavailable.add(view.id)
    else this.unavailable.delete(view.id)
  }
}
