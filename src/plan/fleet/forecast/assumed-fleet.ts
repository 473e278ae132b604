import type { Assumptions } from '../../../rollout/forecast/assumptions.ts'
import { Outcomes, type ReachChange, reachChangesOf } from '../../../rollout/forecast/outcomes.ts'
import { isOutcome } from '../../../rollout/planner/outcome.ts'
import type { FleetChanges, FleetCluster, FleetInput } from '../planner/input.ts'
import type { Assignment } from '../planner/plan.ts'
import type { FleetAssumptions } from './result.ts'

/** What a cluster is to have of a module, and since when. */
type Assigned = Pick<Assignment, 'cluster' | 'module' | 'revision' | 'generation' | 'at'>

/** What a cluster is to report of what it was assigned. */
interface Due {
  readonly at: number
  readonly assignment: Assigned
  readonly phase: 'ready' | 'failed' | 'absent'
}

/** The clusters of a fleet that do what is assumed of them. Time is set from outside. */
export class AssumedFleet {
  readonly clusters: Map<string, FleetCluster>
  readonly #assume: FleetAssumptions
  /** By cluster and module. */
  readonly #due: Map<string, Due> = new Map()
  readonly #outcomes: Outcomes = new Outcomes()
  /** Those to come, the next one first. */
  readonly #reachChanges: ReachChange[]

  constructor({ clusters, now, modules, assemblages = [] }: FleetInput, assume: FleetAssumptions) {
    this.clusters = new Map(clusters.map((cluster) => [cluster.id, cluster]))
    this.#assume = assume
    this.#reachChanges = reachChangesOf(assume.outages, now)
    const wanted = new Map(modules.map(({ id, revision }) => [id, revision]))
    for (const { cluster, modules: own } of assemblages) {
      if (!this.clusters.has(cluster)) continue
      for (const { module, assigned, observed } of own) {
        if (assigned === null || (isOutcome({ assigned, observed }) && observed?.phase !== 'applying')) continue
        const { version: revision, generation } = assigned
        this.carryOut({ cluster, module, revision, generation, at: now }, wanted.get(module) ?? null)
      }
    }
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
  carryOut(assignment: Assigned, wanted: string | null): void {
    const { cluster, module, revision, at } = assignment
    const key = keyOf(cluster, module)
    const isWanted = revision !== null && revision === wanted
    const { phase, takes } = this.#outcomes.next(this.clusters.get(cluster) as FleetCluster, isWanted, this.#of(module), key)
    this.#due.set(key, { at: at + takes, assignment, phase: revision === null ? 'absent' : phase })
  }

  #of(module: string): Assumptions {
    const own = this.#assume.modules
    return own !== undefined && Object.hasOwn(own, module) ? { ...this.#assume, ...own[module] } : this.#assume
  }

  #isReachable(cluster: string): boolean {
    return this.clusters.get(cluster)?.reach.ok === true
  }
}

function keyOf(cluster: string, module: string): string {
  return `${cluster}\n${module}`
}
