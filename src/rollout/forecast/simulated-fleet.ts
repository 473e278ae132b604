import { matchesSelector } from '../../model/selector.ts'
import { isGone, isReady } from '../planner/outcome.ts'
import type { RolloutAction } from '../planner/plan.ts'
import type { TargetView } from '../target-view.ts'
import { assignVersion, observePhase } from '../view.ts'
import { type Assumptions, toMs } from './assumptions.ts'

/** A fleet that does what is assumed of it. Time is set from outside. */
export class SimulatedFleet {
  readonly #assume: Assumptions
  readonly #wanted: string | null
  readonly #views: TargetView[]
  /** By id, the position in the list. */
  readonly #indices: ReadonlyMap<string, number>
  readonly #due: Map<string, { readonly at: number; readonly phase: 'ready' | 'failed' }> = new Map()
  /** By cluster, how many times it has failed. */
  readonly #failures: Map<string, number> = new Map()
  /** Those that are due, the next one first. */
  readonly #reachChanges: { readonly at: number; readonly cluster: string; readonly ok: boolean }[]
  /** The clusters that are reachable, have something, and are not ready. */
  readonly unavailable: Set<string> = new Set()

  constructor(clusters: readonly TargetView[], wanted: string | null, start: number, assume: Assumptions) {
    this.#assume = assume
    this.#wanted = wanted
    this.#views = [...clusters]
    this.#indices = new Map(clusters.map(({ id }, index) => [id, index]))
    for (const view of clusters) this.#put(view)
    const changes = (assume.outages ?? []).flatMap(({ cluster, from, to }) => {
      const outage = { at: start + toMs(from, 'outages'), cluster, ok: false }
      return to === undefined ? [outage] : [outage, { at: start + toMs(to, 'outages'), cluster, ok: true }]
    })
    this.#reachChanges = changes.sort((a, b) => a.at - b.at)
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
      const fails = version !== null && version === this.#wanted && this.#fails(view)
      const { readyAfter = '1m', failsAfter } = this.#assume
      const ready = typeof readyAfter === 'function' ? readyAfter(view.id) : readyAfter
      const takes = fails && failsAfter !== undefined ? toMs(failsAfter, 'failsAfter') : toMs(ready, 'readyAfter')
      this.#due.set(view.id, { at: now + takes, phase: fails ? 'failed' : 'ready' })
    }
  }

  /** Whether what is assigned now fails. */
  #fails({ id, labels }: TargetView): boolean {
    const { failing, failsTimes = Number.POSITIVE_INFINITY } = this.#assume
    const isFailing = Array.isArray(failing)
      ? failing.includes(id)
      : matchesSelector(failing as Exclude<typeof failing, readonly string[]>, labels)
    const times = this.#failures.get(id) ?? 0
    if (!isFailing || times >= failsTimes) return false
    this.#failures.set(id, times + 1)
    return true
  }

  #put(view: TargetView): void {
    this.#views[this.#indices.get(view.id) as number] = view
    if (!isGone(view) && view.reach.ok && !isReady(view)) this.unavailable.add(view.id)
    else this.unavailable.delete(view.id)
  }
}
