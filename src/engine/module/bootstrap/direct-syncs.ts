import { FleetkitError } from '../../../model/errors/error.ts'
import { jsonEqual } from '../../../model/json/json-equal.ts'
import { bootstrapModuleType } from '../../../model/kinds/bootstrap-module/type.ts'
import type { BootstrapModuleSpec } from '../../../model/kinds/bootstrap-module/types.generated.ts'
import type { ModuleRevision } from '../../../model/kinds/module-revision/module-revision.ts'
import type { RemoteSyncSpec } from '../../../model/kinds/remote-sync/types.generated.ts'
import type { KubeObject } from '../../../model/object.ts'
import type { ObjectRef } from '../../../model/reference.ts'
import { directAssignmentOf, directSyncNameOf, remoteSyncType } from '../../../plan/fleet/direct/assignment.ts'
import { directSync } from '../../../plan/fleet/direct/direct-sync.ts'
import { directViewOf } from '../../../plan/fleet/direct/direct-view.ts'
import { viewForCluster } from '../../../plan/fleet/objects/assemblage-view.ts'
import { type ObservedChanges, observedChanges } from '../../../plan/fleet/objects/observed-changes.ts'
import type { AssemblageView, AssembledModule } from '../../../plan/fleet/planner/input.ts'
import type { RunContext } from '../../runtime/context.ts'
import type { Sight } from '../sight.ts'
import { type Specialiser, whyUnresolved } from '../specialiser.ts'

/** What was written for a cluster. */
export interface WrittenDirectly {
  /** What there is now. */
  readonly modules: readonly AssembledModule[]
  /** Whether all that is to be there was written now, so that its change will be seen. */
  readonly isWritten: boolean
  /** The modules that the cluster could not be given, and why. It keeps what it had of them. */
  readonly unresolved: ReadonlyMap<string, string>
}

/** What a cluster is to have: what is applied directly, and the rest. */
export function splitDirect(planned: readonly AssembledModule[]): Readonly<Record<'direct' | 'others', readonly AssembledModule[]>> {
  return { direct: planned.filter(({ direct }) => direct === true), others: planned.filter(({ direct }) => direct !== true) }
}

/** The RemoteSyncs by which the clusters of a fleet have BootstrapModules. */
export class DirectSyncs {
  readonly #namespace: string
  readonly #sight: Sight
  readonly #specialiser: Specialiser
  readonly #context: Pick<RunContext, 'store' | 'signal'>

  constructor(namespace: string, sight: Sight, specialiser: Specialiser, context: Pick<RunContext, 'store' | 'signal'>) {
    this.#namespace = namespace
    this.#sight = sight
    this.#specialiser = specialiser
    this.#context = context
  }

  /** What a cluster has, with that which its RemoteAssemblage says, as it counts for the Cluster of a uid; `undefined` where nothing was written for it. */
  viewWith(assembled: AssemblageView | undefined, cluster: string, uid: string | undefined): AssemblageView | undefined {
    const direct = this.#modulesOf(cluster, uid)
    if (assembled === undefined && direct.length === 0) return undefined
    const own = assembled === undefined ? [] : viewForCluster(assembled, uid).modules
    return { cluster, ...(uid !== undefined && { uid }), modules: [...own, ...direct] }
  }

  #modulesOf(cluster: string, uid: string | undefined): readonly AssembledModule[] {
    return this.#sight
      .directOn(this.#namespace, cluster)
      .flatMap((view) => viewForCluster({ cluster, uid: view.uid, modules: [view.module] }, uid).modules)
  }

  /** What was seen of a cluster, beside what is planned of it. */
  changes(cluster: string, uid: string | undefined, planned: readonly AssembledModule[], now: number): ObservedChanges {
    const views = this.#sight.directOn(this.#namespace, cluster)
    const view = { cluster, ...(uid !== undefined && { uid }), modules: this.#modulesOf(cluster, uid) }
    const { observed, isOther } = observedChanges({ planned, seen: { view, isReported: true }, uid, now })
    return { observed, isOther: isOther || views.some((each) => each.isEdited || each.uid !== uid) }
  }

  /** Makes the RemoteSyncs of a cluster say what it is to have. What is as it is to be is not written. */
  async write(
    cluster: KubeObject,
    planned: readonly AssembledModule[],
    revisionOf: (name: string) => ModuleRevision | undefined,
  ): Promise<WrittenDirectly> {
    const modules: AssembledModule[] = []
    const unresolved = new Map<string, string>()
    let isWritten = true
    for (const { module, assigned } of planned) {
      const { store, signal } = this.#context
      const ref: ObjectRef = { ...remoteSyncType, namespace: this.#namespace, name: directSyncNameOf(module, cluster.metadata.name) }
      const present = await store.get(ref, { signal })
      if (present !== undefined && directAssignmentOf(present)?.module !== module)
        throw new FleetkitError('store/conflict', 'it was not made for the BootstrapModule of its cluster; give it another name', { ref })
      const isGoing = present?.metadata.deletionTimestamp !== undefined
      let stored = present
      if (assigned?.version == null) {
        if (present !== undefined && !isGoing) stored = await store.delete(ref, { signal })
      } else if (!isGoing) {
        const { version: revision, generation, at } = assigned
        const wanted = await this.#wanted(cluster, { module, revision, generation, at }, revisionOf(revision), present)
        if (typeof wanted === 'string') unresolved.set(module, wanted)
        else if (wanted === present) isWritten = false
        else stored = await (present === undefined ? store.create(wanted, { signal }) : store.update(wanted, { signal }))
      }
      const view = stored && directViewOf(stored)
      if (view !== undefined) modules.push(view.module)
    }
    return { modules, isWritten, unresolved }
  }

  /** The RemoteSync of an assignment, the present one where that is as it is to be; or why there is none. */
  async #wanted(
    cluster: KubeObject,
    assignment: Parameters<typeof directSync>[0]['assignment'],
    revision: ModuleRevision | undefined,
    present: KubeObject | undefined,
  ): Promise<KubeObject | string> {
    const view = present && directViewOf(present)
    const { generation, version } = view?.module.assigned ?? {}
    const isSame = generation === assignment.generation && version === assignment.revision && view?.uid === cluster.metadata.uid
    if (present !== undefined && isSame && !view?.isEdited) return present
    const result = revision && (await this.#specialiser.of(revision, cluster))
    if (result === undefined || 'problems' in result) return whyUnresolved(assignment.revision, result)
    const wanted = directSync({ cluster, assignment, sync: result.sync, owner: this.#ownerOf(assignment.module, present) }, present)
    return jsonEqual(wanted, present) ? (present as KubeObject) : wanted
  }

  /** Of a BootstrapModule that is gone it is what it was. */
  #ownerOf(module: string, present: KubeObject | undefined): RemoteSyncSpec['owner'] {
    const object = this.#sight.bootstrapModules.get({ ...bootstrapModuleType, namespace: this.#namespace, name: module })
    const { spec } = object ?? {}
    if (spec !== undefined) return (spec as Partial<BootstrapModuleSpec>).handOver?.sync
    return (present?.spec as Partial<RemoteSyncSpec> | undefined)?.owner
  }
}
