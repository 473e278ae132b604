import { getCondition } from '../../../model/condition.ts'
import { clusterStatusOf } from '../../../model/kinds/cluster/status.ts'
import type { ModuleStatus } from '../../../model/kinds/module/types.generated.ts'
import type { ModuleRevisionSpec } from '../../../model/kinds/module-revision/types.generated.ts'
import { remoteAssemblageStatusOf } from '../../../model/kinds/remote-assemblage/status.ts'
import type { StoredRolloutSpec } from '../../../model/kinds/rollout/types.generated.ts'
import type { KubeObject } from '../../../model/object.ts'
import { assignedIn, clusterUidAnnotation } from '../../../plan/fleet/objects/assemblage-view.ts'
import type { RolloutPhase } from '../../../rollout/planner/plan.ts'
import type { Effect } from '../processes/writes.ts'
import type { Happening, Pair } from './happening.ts'

/** A Cluster as it is stored. */
export interface SeenCluster {
  readonly uid: string
  readonly object: KubeObject
  readonly isReachable: boolean
}

/** What is stored of a fleet, kept up with each write. It knows nothing of what a manager knows. */
export class FleetState {
  readonly clusters: Map<string, SeenCluster> = new Map()
  readonly modules: Map<string, KubeObject> = new Map()
  readonly revisions: Map<string, ModuleRevisionSpec> = new Map()
  readonly assemblages: Map<string, KubeObject> = new Map()
  /** By Module, the revisions that people have pinned clusters to. */
  readonly pins: Map<string, ReadonlyMap<string, string>> = new Map()
  /** By the uid of a cluster, what it has by the name of the Module. */
  readonly pairs: Map<string, Map<string, Pair>> = new Map()

  /** What a write has changed. `by`: who wrote it. */
  see({ ref: { kind, name }, before, after, manager }: Pick<Effect, 'ref' | 'before' | 'after' | 'manager'>): readonly Happening[] {
    switch (kind) {
      case 'Cluster':
        return this.#seeCluster(name, after)
      case 'ModuleRevision':
        if (after !== undefined) this.revisions.set(name, after.spec as unknown as ModuleRevisionSpec)
        return []
      case 'Module':
        return this.#seeModule(name, before, after)
      case 'Rollout': {
        const { pins = [] } = (after?.spec ?? {}) as StoredRolloutSpec
        this.pins.set(name, new Map(pins.map(({ cluster, revision }) => [cluster, revision])))
        return []
      }
      case 'RemoteAssemblage':
        return this.#seeAssemblage(name, after, manager)
      default:
        return []
    }
  }

  pair(cluster: string, module: string): Pair | undefined {
    const pair = this.pairs.get(this.clusters.get(cluster)?.uid ?? '')?.get(module)
    return pair?.isGone ? undefined : pair
  }

  /** Everything that clusters are assigned, or have. */
  *allPairs(): Iterable<Pair> {
    for (const { uid } of this.clusters.values()) for (const pair of this.pairs.get(uid)?.values() ?? []) if (!pair.isGone) yield pair
  }

  /** What people call a revision: its tag, or its commit. */
  versionOf(revision: string | undefined): string | undefined {
    const git = this.revisions.get(revision ?? '')?.source.git
    return git === undefined ? revision : (git.tag ?? git.commit)
  }

  #seeCluster(name: string, after: KubeObject | undefined): readonly Happening[] {
    const before = this.clusters.get(name)
    const uid = after?.metadata.uid
    if (after === undefined || uid === undefined) {
      this.clusters.delete(name)
      this.pairs.delete(before?.uid ?? '')
      return before === undefined ? [] : [{ what: 'left', cluster: name }]
    }
    const isReachable = getCondition(clusterStatusOf(after).conditions, 'Ready')?.status === 'True'
    this.clusters.set(name, { uid, object: after, isReachable })
    if (before?.uid !== uid) return [{ what: 'joined', cluster: name }]
    const found: Happening[] = []
    if (before.isReachable !== isReachable) found.push({ what: isReachable ? 'found' : 'lost', cluster: name })
    if (JSON.stringify(before.object.metadata.labels) !== JSON.stringify(after.metadata.labels))
      found.push({ what: 'relabelled', cluster: name })
    return found
  }

  #seeModule(name: string, before: KubeObject | undefined, after: KubeObject | undefined): readonly Happening[] {
    if (after === undefined) {
      this.modules.delete(name)
      return []
    }
    this.modules.set(name, after)
    const [was, is] = [before, after].map((object) => (object?.status ?? {}) as Partial<ModuleStatus>)
    const message = getCondition(is?.conditions ?? [], 'Ready')?.message ?? ''
    if (is?.phase === undefined || is.phase === was?.phase) return []
    return [{ what: 'phase', module: name, phase: is.phase as RolloutPhase, message }]
  }

  #seeAssemblage(cluster: string, after: KubeObject | undefined, by: string): readonly Happening[] {
    if (after === undefined) {
      this.assemblages.delete(cluster)
      return []
    }
    this.assemblages.set(cluster, after)
    const uid = this.clusters.get(cluster)?.uid
    if (uid === undefined || after.metadata.annotations?.[clusterUidAnnotation] !== uid) return []
    const pairs = this.pairs.get(uid) ?? new Map<string, Pair>()
    this.pairs.set(uid, pairs)
    const assigned = assignedIn(after)
    const happenings: Happening[] = []
    for (const [module, pair] of pairs)
      if (pair.isAssigned && !assigned.has(module)) {
        // What is not assigned any more is not updating.
        pairs.set(module, { ...pair, outcome: pair.generation, isAssigned: false })
        happenings.push({ what: 'taken', cluster, module, by })
      }
    for (const [module, { revision, generation }] of assigned) {
      const known = pairs.get(module)
      // What others took out is given back as it was; where nothing of it is left, it begins anew otherwise.
      const isSame = known?.generation === generation && known.revision === revision
      const before = known?.isGone && !isSame ? undefined : known
      const { outcome = 0, phase, has } = before ?? {}
      const pair: Pair = { cluster, module, revision, generation, outcome, phase, has, isAssigned: true, isGone: false }
      pairs.set(module, pair)
      if (!isSame) happenings.push({ what: 'assigned', pair, before, by })
    }
    return [...happenings, ...this.#seeOutcomes(pairs, after)]
  }

  #seeOutcomes(pairs: Map<string, Pair>, object: KubeObject): readonly Happening[] {
    const { modules = [] } = remoteAssemblageStatusOf(object)
    const seen = new Map(modules.map((each) => [each.name, each]))
    const happenings: Happening[] = []
    for (const [module, pair] of pairs) {
      const now = seen.get(module)
      if (now === undefined && !pair.isAssigned && !pair.isGone) {
        pairs.set(module, { ...pair, phase: undefined, has: undefined, isGone: true })
        happenings.push({ what: 'gone', pair })
      } else if (
        now !== undefined &&
        now.phase !== 'Removing' &&
        (now.generation > pair.outcome || (now.generation === pair.outcome && now.phase !== pair.phase))
      ) {
        const next = { ...pair, outcome: now.generation, phase: now.phase, has: now.revision }
        pairs.set(module, next)
        happenings.push({ what: now.phase === 'Ready' ? 'ready' : 'failed', pair: next })
      }
    }
    return happenings
  }
}
