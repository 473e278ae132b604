import { matchesSelector } from '../../../model/selector.ts'
import { toMs } from '../../../rollout/forecast/assumptions.ts'
import type { FleetChanges, FleetCluster, FleetInput } from '../planner/input.ts'
import type { Assignment } from '../planner/plan.ts'
import type { FleetAssumptions } from './result.ts'

/** What a cluster is to report of what it was assigned. */
interface Due {
  readonly at: number
  readonly assignment: Assignment
  readonly phase: 'ready' | 'failed' | 'absent'
}

interface ReachChange {
  readonly at: number
  readonly cluster: string
  readonly ok: boolean
}

/** The clusters of a fleet that do what is assumed of them. Time is set from outside. */
export class AssumedFleet {
  readonly clusters: Map<string, FleetCluster>
  readonly #assume: FleetAssumptions
  /** By cluster and module. */
  readonly #due: Map<string, Due> = new Map()
  readonly #failures: Map<string, number> = new Map()
  /** Those to come, the next one first. */
  readonly #reachChanges: ReachChange[]

  constructor({ clusters, now }: FleetInput, assume: FleetAssumptions) {
    this.clusters = new Map(clusters.map((cluster) => [cluster.id, cluster]))
    this.#assume = assume
    const changes = (assume.outages ?? []).flatMap(({ cluster, from, to }) => {
      const outage = { at: now + toMs(from, 'outages'), cluster, ok: false }
      return to === undefined ? [outage] : [outage, { at: now + toMs(to, 'outages'), cluster, ok: true }]
    })
    this.#reachChanges = changes.sort((a, b) => a.at - b.at)
  }

  /** When something happens next. */
  get next(): number {
    let next = this.#reachChanges[0]?.at ?? Number.POSITIVE_INFINITY
    for (const { at, assignment } of this.#due.values()) if (this.#isReachable(assignment.cluster)) next = Math.min(next, at)
    return next
  }

  /** Lets everything happen that is due by then. */
  passTo(now: number): Required<Pick<FleetChanges, 'clusters' | 'observed'>> {
    const changed = new Map<string, FleetCluster>()
    while ((this.#reachChanges[0]?.at ?? Number.POSITIVE_INFINITY) <= now) {
      const { at, cluster: id, ok } = this.#reachChanges.shift() as ReachChange
      const cluster = this.clusters.get(id) as FleetCluster
      if (cluster.reach.ok === ok) continue
      changed.set(id, { ...cluster, reach: { ok, since: at } })
      this.clusters.set(id, changed.get(id) as FleetCluster)
    }
    const observed: NonNullable<FleetChanges['observed']>[number][] = []
    for (const [key, { at, assignment, phase }] of this.#due) {
      const { cluster, module, revision, generation } = assignment
      if (at > now || !this.#isReachable(cluster)) continue
      this.#due.delete(key)
      observed.push({ cluster, module, observed: { version: revision, generation, phase, since: now } })
    }
    return { clusters: [...changed.values()], observed }
  }

  /**
   * Gives a cluster what it is assigned.
   *
   * @param wanted - the revision that is rolled out: no other one fails
   */
  carryOut(assignment: Assignment, wanted: string | null): void {
    const { cluster, module, revision, at } = assignment
    const { readyAfter = '1m', failsAfter } = this.#of(module)
    const fails = revision !== null && revision === wanted && this.#fails(cluster, module)
    const ready = typeof readyAfter === 'function' ? readyAfter(cluster) : readyAfter
    const takes = fails && failsAfter !== undefined ? toMs(failsAfter, 'failsAfter') : toMs(ready, 'readyAfter')
    this.#due.set(keyOf(cluster, module), { at: at + takes, assignment, phase: revision === null ? 'absent' : fails ? 'failed' : 'ready' })
  }

  #of(module: string): Omit<FleetAssumptions, 'modules'> {
    const own = this.#assume.modules
    return own !== undefined && Object.hasOwn(own, module) ? { ...this.#assume, ...own[module] } : this.#assume
  }

  #isReachable(cluster: string): boolean {
    return this.clusters.get(cluster)?.reach.ok === true
  }

  #fails(cluster: string, module: string): boolean {
    const { failing, failsTimes = Number.POSITIVE_INFINITY } = this.#of(module)
    const isFailing = Array.isArray(failing)
      ? failing.includes(cluster)
      : matchesSelector(failing as Exclude<typeof failing, readonly string[]>, this.clusters.get(cluster)?.labels)
    const key = keyOf(cluster, module)
    const times = this.#failures.get(key) ?? 0
    if (!isFailing || times >= failsTimes) return false
    this.#failures.set(key, times + 1)
    return true
  }
}

function keyOf(cluster: string, module: string): string {
  return `${cluster}\n${module}`
}
