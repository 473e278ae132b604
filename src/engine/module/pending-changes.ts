import type { FleetChanges, FleetCluster, FleetModule, FleetPolicy, FleetRevision } from '../../plan/fleet/planner/input.ts'

type Item<List extends 'assemblages' | 'observed'> = NonNullable<FleetChanges[List]>[number]

/** What has changed in a fleet since its last plan: of each object the latest. */
export class PendingChanges {
  readonly #modules: Map<string, FleetModule | undefined> = new Map()
  readonly #clusters: Map<string, FleetCluster | undefined> = new Map()
  readonly #revisions: Map<string, FleetRevision> = new Map()
  readonly #assemblages: Map<string, Item<'assemblages'>> = new Map()
  readonly #observed: Map<string, Item<'observed'>> = new Map()
  #policy: FleetPolicy | undefined

  /** `undefined`: there is none any more. */
  module(id: string, module: FleetModule | undefined): void {
    this.#modules.set(id, module)
  }

  /** `undefined`: there is none any more. */
  cluster(id: string, cluster: FleetCluster | undefined): void {
    this.#clusters.set(id, cluster)
  }

  revision(revision: FleetRevision): void {
    this.#revisions.set(`${revision.module}\n${revision.id}`, revision)
  }

  assemblage(assemblage: Item<'assemblages'>): void {
    this.#assemblages.set(assemblage.cluster, assemblage)
  }

  observed(observed: Item<'observed'>): void {
    this.#observed.set(`${observed.cluster}\n${observed.module}`, observed)
  }

  policy(policy: FleetPolicy): void {
    this.#policy = policy
  }

  /** All of them, which are forgotten then. */
  take(now: number): FleetChanges {
    const taken: FleetChanges = {
      now,
      modules: thereIn(this.#modules),
      removedModules: goneIn(this.#modules),
      revisions: [...this.#revisions.values()],
      clusters: thereIn(this.#clusters),
      removedClusters: goneIn(this.#clusters),
      assemblages: [...this.#assemblages.values()],
      observed: [...this.#observed.values()],
      ...(this.#policy !== undefined && { policy: this.#policy }),
    }
    for (const map of [this.#modules, this.#clusters, this.#revisions, this.#assemblages, this.#observed]) map.clear()
    this.#policy = undefined
    return taken
  }
}

function thereIn<Value>(map: ReadonlyMap<string, Value | undefined>): readonly Value[] {
  return [...map.values()].filter((item) => item !== undefined)
}

function goneIn(map: ReadonlyMap<string, unknown>): readonly string[] {
  return [...map].flatMap(([id, item]) => (item === undefined ? [id] : []))
}
