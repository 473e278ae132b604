import { FleetkitError, hasCode } from '../../model/errors/error.ts'
import { jsonEqual } from '../../model/json-equal.ts'
import { type Readiness, readinessOf } from '../../model/kinds/readiness.ts'
import { ownerLabels } from '../../model/kinds/sync/ownership.ts'
import type { SyncDependency, SyncStatus } from '../../model/kinds/sync/types.generated.ts'
import type { JsonObject, KubeObject } from '../../model/object.ts'
import { type ObjectRef, refOf } from '../../model/reference.ts'
import type { CallOptions, Store } from '../../ports/store.ts'

/**
 * Where the statuses of Syncs are kept, inventories with them. Each save is a compare-and-swap against what was loaded:
 * two who work on one Sync at the same time are told apart before either writes to the cluster.
 */
export interface SyncRecords {
  /** The status of a Sync; `{}` when there is none yet. */
  load(sync: ObjectRef, options: CallOptions): Promise<SyncStatus>
  /**
   * Replaces the status. `previous` is what it was loaded or saved as; `store/conflict` when it is another now.
   */
  save(sync: ObjectRef, previous: SyncStatus, status: SyncStatus, options: CallOptions): Promise<void>
  /** Forgets a Sync that is gone. `previous` is what it was loaded as; `store/conflict` when it is another now. */
  remove(sync: ObjectRef, previous: SyncStatus, options: CallOptions): Promise<void>
  /** Whether another Sync can be counted on. */
  readiness(sync: ObjectRef, options: CallOptions): Promise<Readiness>
  /** What another Sync depends on, as far as that is known. */
  dependencies(sync: ObjectRef, options: CallOptions): Promise<readonly ObjectRef[]>
  /** The object of the cluster that holds the record, and that no version may hold. */
  reserved?(sync: ObjectRef): ObjectRef
}

const attempts = 5

/** Keeps each status in its Sync object, as the Sync controller does. */
export function statusRecords(store: Store): SyncRecords {
  return {
    load: async (sync, options) => ((await store.get(sync, options))?.status ?? {}) as SyncStatus,
    async save(sync, previous, status, options) {
      for (let attempt = 1; ; attempt++) {
        const object = await store.get(sync, options)
        if (object === undefined) throw new FleetkitError('store/not-found', 'it is gone, so its status cannot be recorded', { ref: sync })
        if (!jsonEqual(object.status ?? {}, previous)) throw overtaken(sync)
        try {
          await store.update({ ...object, status: plain(status) }, { ...options, subresource: 'status' })
          return
        } catch (error) {
          // Somebody changed the spec or the metadata meanwhile: that is theirs, the status is still ours.
          if (!hasCode(error, 'store/conflict') || attempt === attempts) throw error
        }
      }
    },
    // The status goes with the object.
    remove: async () => {},
    readiness: async (sync, options) => readinessOf(await store.get(sync, options)),
    dependencies: async (sync, options) => {
      const object = await store.get(sync, options)
      return object === undefined ? [] : dependenciesOf(object)
    },
  }
}

const recordKey = 'status.json'

/**
 * Keeps each status in a ConfigMap `sync-<name>` beside what is applied, for a script that has no store of its own: the
 * inventory of the last run is in the cluster that it is about.
 */
export function configMapRecords(store: Store): SyncRecords {
  const mapOf = (sync: ObjectRef): ObjectRef => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    namespace: sync.namespace,
    name: `sync-${sync.name}`,
  })
  const load = async (sync: ObjectRef, options: CallOptions): Promise<{ object: KubeObject | undefined; status: SyncStatus }> => {
    const object = await store.get(mapOf(sync), options)
    return { object, status: object === undefined ? {} : statusIn(object) }
  }
  return {
    load: async (sync, options) => (await load(sync, options)).status,
    async save(sync, previous, status, options) {
      const { object, status: current } = await load(sync, options)
      if (!jsonEqual(current, previous)) throw overtaken(sync)
      const data = { [recordKey]: JSON.stringify(plain(status)) }
      if (object === undefined) {
        const { apiVersion, kind, namespace, name } = mapOf(sync)
        const labels = { 'sync.fleetkit.dev/record': ownerLabels(sync)['sync.fleetkit.dev/name'] as string }
        await store.create({ apiVersion, kind, metadata: { namespace, name, labels }, data }, options)
      } else await store.update({ ...object, data }, options)
    },
    async remove(sync, previous, options) {
      const { object, status } = await load(sync, options)
      if (object === undefined) return
      if (!jsonEqual(status, previous)) throw overtaken(sync)
      const { uid, resourceVersion } = object.metadata
      try {
        await store.delete(mapOf(sync), { ...options, uid, resourceVersion })
      } catch (error) {
        if (!hasCode(error, 'store/not-found')) throw error
      }
    },
    // Only the outcomes of scripts are recorded, not what they were asked.
    dependencies: async () => [],
    reserved: mapOf,
    async readiness(sync, options) {
      const { object, status } = await load(sync, options)
      if (object === undefined) return readinessOf(undefined)
      // There is no object with a generation beside the record: its outcome is of whatever was run last.
      return readinessOf({ ...object, metadata: { ...object.metadata, generation: status.observedGeneration }, status })
    },
  }
}

/** What a Sync as it is stored, valid or not, depends on. */
export function dependenciesOf({ apiVersion, kind, metadata, spec }: KubeObject): readonly ObjectRef[] {
  const { dependsOn } = (spec ?? {}) as { readonly dependsOn?: unknown }
  if (!Array.isArray(dependsOn)) return []
  return dependsOn
    .filter((entry): entry is SyncDependency => typeof entry?.name === 'string')
    .map(({ name, namespace = metadata.namespace }) => ({ apiVersion, kind, namespace, name }))
}

function statusIn(object: KubeObject): SyncStatus {
  const text = (object.data as Readonly<Record<string, unknown>> | undefined)?.[recordKey]
  try {
    return JSON.parse(String(text)) as SyncStatus
  } catch (cause) {
    throw new FleetkitError('store/corrupt', `${recordKey} does not hold the record of a Sync; deleting the object begins a new one`, {
      ref: refOf(object),
      cause,
    })
  }
}

function overtaken(sync: ObjectRef): FleetkitError {
  return new FleetkitError('store/conflict', 'somebody else recorded an attempt at it meanwhile', { ref: sync })
}

/** A status as it is stored: without fields that hold nothing. */
function plain(status: SyncStatus): JsonObject {
  return JSON.parse(JSON.stringify(status)) as JsonObject
}
