import { retryOnConflict } from '../../../async/retry-on-conflict.ts'
import { FleetkitError, hasCode } from '../../../model/errors/error.ts'
import { orInvalid } from '../../../model/errors/or-invalid.ts'
import { BootstrapModule } from '../../../model/kinds/bootstrap-module/bootstrap-module.ts'
import { bootstrapModuleType } from '../../../model/kinds/bootstrap-module/type.ts'
import type { HandOver } from '../../../model/kinds/bootstrap-module/types.generated.ts'
import { clusterStatusOf } from '../../../model/kinds/cluster/status.ts'
import { fleetkitApiVersion } from '../../../model/kinds/group.ts'
import type { RemoteSyncSpec } from '../../../model/kinds/remote-sync/types.generated.ts'
import { requestedAtAnnotation } from '../../../model/kinds/sync/annotations.ts'
import type { KubeObject } from '../../../model/object.ts'
import { type ObjectRef, refKey, refOf } from '../../../model/reference.ts'
import { type DirectAssignment, directAssignmentOf, directDigestOf, remoteSyncType } from '../../../plan/fleet/direct/assignment.ts'
import { directOutcome } from '../../../plan/fleet/direct/direct-view.ts'
import { type HandOverRecord, handOverAnnotation, handOverRecordOf, writtenHandOver } from '../../../plan/fleet/direct/hand-over-record.ts'
import { nextHandOver } from '../../../plan/fleet/direct/next-hand-over.ts'
import { lookAtSync, type SyncMemory } from '../../../plan/fleet/direct/sync-there.ts'
import { checkIdentity } from '../../cluster/check-identity.ts'
import { clusterRefOf } from '../../cluster/cluster-ref.ts'
import { holdOf } from '../../cluster/hold.ts'
import type { ReconcileContext } from '../../runtime/context.ts'
import type { ReconcileRequest } from '../../runtime/controller.ts'
import type { WorkResult } from '../../runtime/queue/work.ts'

/** As whom a Sync is asked to report. Not as one of those whose fields a Sync takes over. */
const fieldManager = 'fleetkit-hand-over'

/** The index of RemoteSyncs by the Sync in whose name they apply. */
export const owningIndex = 'owner'

/** A RemoteSync that a cluster is to take over, with all that this goes by. */
interface Work {
  readonly object: KubeObject
  readonly cluster: ObjectRef
  /** The Sync in the cluster. */
  readonly sync: ObjectRef
  readonly commit: string
  readonly policy: HandOver
  readonly assignment: DirectAssignment
}

/** Has clusters take over what was applied to them, and takes it back from those that do not keep it. */
export class HandOvers {
  readonly #memories: Map<string, SyncMemory> = new Map()

  async reconcile({ ref, object }: ReconcileRequest, context: ReconcileContext): Promise<WorkResult | undefined> {
    const { cache, clock } = context
    const key = refKey(ref)
    const work = object && workOf(object, context)
    const record = object && handOverRecordOf(object)
    const isApplied = work !== undefined && isAppliedNow(work)
    const isHandedOver = record?.state === 'HandedOver' && record.generation === work?.assignment.generation
    // What a cluster that cannot be reached says is no news, and before the configuration is there so may be no Sync.
    if (work === undefined || holdOf(work.cluster, cache.get(work.cluster)) !== undefined || !(isApplied || isHandedOver)) {
      this.#memories.delete(key)
      return undefined
    }
    const { policy, commit, assignment } = work
    const sync = await this.#syncOf(work, context)
    const now = clock.now()
    const { there, memory } = lookAtSync(sync, { commit, takeBackAfter: policy.takeBackAfter }, this.#memories.get(key), now)
    this.#memories.set(key, memory)
    const { record: next, wakeAt } = nextHandOver({ policy, generation: assignment.generation, record, there, now })
    if (next !== record) await save(work, next, record, context)
    const asked = next.state === 'HandedOver' ? undefined : next.requestedAt
    if (asked !== undefined && sync !== undefined && sync.metadata.annotations?.[requestedAtAnnotation] !== asked)
      await ask(work, asked, context)
    return wakeAt === undefined ? undefined : { requeueAfterMs: Math.max(0, wakeAt - now) }
  }

  /** The Sync in the cluster, `undefined` also where no Syncs are known there. */
  async #syncOf({ cluster, sync }: Work, { watchCluster, cache }: ReconcileContext): Promise<KubeObject | undefined> {
    const state = clusterStatusOf(cache.get(cluster) ?? {}).identity?.restoredAt
    const type = { apiVersion: sync.apiVersion, kind: sync.kind }
    try {
      const known = await watchCluster(cluster, {
        type,
        ...(state !== undefined && { state }),
        map: ({ metadata }) => cache.indexed(remoteSyncType, owningIndex, owningKey(cluster, metadata)).map(refOf),
      })
      return known.get(sync)
    } catch (error) {
      if (hasCode(error, 'timeout')) return undefined
      throw error
    }
  }
}

/** By which Sync a RemoteSync is found. */
export function owningKeys(object: KubeObject): readonly string[] {
  const cluster = clusterRefOf(object)
  const { owner } = (object.spec ?? {}) as Partial<RemoteSyncSpec>
  return cluster === undefined || owner === undefined ? [] : [owningKey(cluster, owner)]
}

function owningKey(
  cluster: ObjectRef,
  { namespace = '', name }: { readonly namespace?: string | undefined; readonly name: string },
): string {
  return [cluster.namespace, cluster.name, namespace, name].join('/')
}

/** What is to be done for a RemoteSync; `undefined` where no cluster is to take over. */
function workOf(object: KubeObject, { cache }: ReconcileContext): Work | undefined {
  const { owner, source } = (object.spec ?? {}) as Partial<RemoteSyncSpec>
  const cluster = clusterRefOf(object)
  const assignment = directAssignmentOf(object)
  const commit = source?.git?.commit
  const isGoing = object.metadata.deletionTimestamp !== undefined
  if (owner === undefined || cluster === undefined || assignment === undefined || commit === undefined || isGoing) return undefined
  const module = cache.get({ ...bootstrapModuleType, namespace: object.metadata.namespace, name: assignment.module })
  const read = module && orInvalid(() => BootstrapModule.from(module))
  // Without a BootstrapModule that says how, it stays as it is.
  const policy = read === undefined || read instanceof FleetkitError ? undefined : read.spec.handOver
  return policy && { object, cluster, commit, policy, assignment, sync: { apiVersion: fleetkitApiVersion, kind: 'Sync', ...owner } }
}

/** Whether what a cluster is assigned was applied directly, exactly so, and is ready. */
function isAppliedNow({ object, assignment }: Work): boolean {
  return directDigestOf(object) === assignment.digest && directOutcome(object)?.phase === 'ready'
}

/** Writes down how far a cluster has taken over. What it has taken over is no longer applied directly. */
async function save(
  { object, cluster, assignment }: Work,
  record: HandOverRecord,
  before: HandOverRecord | undefined,
  { store, events, signal }: ReconcileContext,
): Promise<void> {
  const { state, message } = record
  const annotations = { ...object.metadata.annotations, [handOverAnnotation]: writtenHandOver(record) }
  const spec = { ...(object.spec as object), suspend: state === 'HandedOver' } as KubeObject['spec']
  await store.update({ ...object, metadata: { ...object.metadata, annotations }, spec }, { signal })
  if (state === before?.state && record.generation === before.generation) return
  const module = { ...bootstrapModuleType, namespace: object.metadata.namespace, name: assignment.module }
  events.emit('module.hand-over', { module, cluster, state, message })
}

/** Asks for an attempt of the Sync in the cluster: what it has said before may be all that is left of its controller. */
async function ask({ cluster, sync }: Work, requestedAt: string, context: ReconcileContext): Promise<void> {
  const { clusterOf, cache, signal } = context
  const kept = cache.get(cluster)
  if (kept !== undefined) await checkIdentity(kept, context)
  const line = clusterOf(cluster)
  await retryOnConflict(async () => {
    const object = await line.get(sync, { signal })
    if (object === undefined) return
    const annotations = { ...object.metadata.annotations, [requestedAtAnnotation]: requestedAt }
    await line.update({ ...object, metadata: { ...object.metadata, annotations } }, { signal, fieldManager })
  })
}
