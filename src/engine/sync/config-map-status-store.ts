import { FleetkitError, hasCode } from '../../model/errors/error.ts'
import { jsonEqual } from '../../model/json/json-equal.ts'
import {
  formatOwner,
  inOwnStore,
  kindLabels,
  ownerName,
  ownerOf,
  selectorOf,
  syncInventoryLabel,
  syncRecordLabel,
} from '../../model/kinds/owner.ts'
import { syncStatusOf } from '../../model/kinds/sync/status.ts'
import type { SyncStatus } from '../../model/kinds/sync/types.generated.ts'
import type { KubeObject } from '../../model/object.ts'
import { formatRef, type ObjectRef, refOf } from '../../model/reference.ts'
import type { CallOptions, Store } from '../../ports/store.ts'
import { listAll } from '../attempt/list-all.ts'
import type { InventoryOptions } from '../attempt/record/inventory-options.ts'
import { ShardedStatusStore } from '../attempt/record/sharded-status-store.ts'
import { conflictingWriter, type StatusRecords, type StatusStore } from '../attempt/record/status-store.ts'

const statusKey = 'status.json'

/**
 * Keeps each status in a ConfigMap `sync-<name>` beside what is applied, for a script that has no store of its own: the
 * inventory of the last run is in the cluster that it is about.
 */
export function configMapStatusStore(cluster: Store, options: InventoryOptions = {}): StatusStore {
  return new ShardedStatusStore({ ...configMapRecords(cluster), recordOf: configMapOf }, cluster, options)
}

/** Keeps each status in a ConfigMap `remotesync-<name>` of a store of the management. */
export function remoteStatusStore(store: Store, options: InventoryOptions = {}): StatusStore {
  return new ShardedStatusStore(configMapRecords(store), store, options)
}

function configMapRecords(store: Store): StatusRecords {
  /** The objects in which statuses were found or saved, `undefined` where there was none: not read again before the next save. */
  const kept = new WeakMap<SyncStatus, KubeObject | undefined>()
  return {
    async load(sync, options) {
      const { object, status } = await load(store, sync, options)
      kept.set(status, object)
      return status
    },
    async save(sync, previous, status, options) {
      const write = (object: KubeObject | undefined): Promise<KubeObject> => writeRecord(store, sync, object, status, options)
      const replace = async (): Promise<KubeObject> => {
        const { object, status: current } = await load(store, sync, options)
        if (!jsonEqual(current, previous)) throw conflictingWriter(sync)
        return write(object)
      }
      const replaceKept = (): Promise<KubeObject> =>
        write(kept.get(previous)).catch((error: unknown) => {
          // Another writer may change the labels of the object: only a status that differs is a conflict.
          if (hasCode(error, 'store/conflict', 'store/exists')) return replace()
          throw error
        })
      kept.set(status, await (kept.has(previous) ? replaceKept() : replace()))
    },
    async remove(sync, previous, options) {
      const { object, status } = await load(store, sync, options)
      if (object === undefined) return
      if (!jsonEqual(status, previous)) throw conflictingWriter(sync)
      const { uid, resourceVersion } = object.metadata
      try {
        await store.delete(configMapOf(sync), { ...options, uid, resourceVersion })
      } catch (error) {
        if (!hasCode(error, 'store/not-found')) throw error
      }
    },
    async get(sync, options) {
      const { object, status } = await load(store, sync, options)
      return object && ownerObject(sync, status)
    },
    // Those of its namespace: who may not read others can still run.
    async owners(sync, options) {
      const matchExpressions = [
        { key: syncRecordLabel, operator: 'Exists' },
        { key: syncInventoryLabel, operator: 'DoesNotExist' },
      ] as const
      const kind = selectorOf(kindLabels(inOwnStore(sync)))
      const labelSelector = { ...kind, matchExpressions: [...matchExpressions, ...(kind.matchExpressions ?? [])] }
      const select = { ...options, namespace: sync.namespace, labelSelector }
      const records = await listAll(store, { apiVersion: 'v1', kind: 'ConfigMap' }, select)
      return records.flatMap((record) => {
        const status = resultIn(record)
        return status === undefined ? [] : [ownerObject({ ...sync, name: record.metadata.labels?.[syncRecordLabel] ?? '' }, status)]
      })
    },
  }
}

/** Writes a status into the object in which it is kept. */
function writeRecord(
  store: Store,
  sync: ObjectRef,
  object: KubeObject | undefined,
  status: SyncStatus,
  options: CallOptions,
): Promise<KubeObject> {
  const data = { [statusKey]: JSON.stringify(status) }
  if (object !== undefined) return store.update({ ...object, data }, options)
  const { apiVersion, kind, namespace, name } = configMapOf(sync)
  return store.create({ apiVersion, kind, metadata: { namespace, name, labels: recordLabels(sync) }, data }, options)
}

/** The Sync of a record. No object with a generation is kept: the outcome is of the Sync that was run last, of which there is no spec. */
function ownerObject({ apiVersion, kind, namespace, name }: ObjectRef, status: SyncStatus): KubeObject {
  return { apiVersion, kind, metadata: { namespace, name, generation: status.observedGeneration }, status }
}

function configMapOf({ kind, namespace, name }: ObjectRef): ObjectRef {
  return { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: `${kind.toLowerCase()}-${name}` }
}

function recordLabels(sync: ObjectRef): Readonly<Record<string, string>> {
  return { [syncRecordLabel]: sync.name, ...kindLabels(inOwnStore(sync)) }
}

async function load(
  store: Store,
  sync: ObjectRef,
  options: CallOptions,
): Promise<{ readonly object: KubeObject | undefined; readonly status: SyncStatus }> {
  const object = await store.get(configMapOf(sync), options)
  const owner = object && ownerOf(object)
  // What another Sync has applied under this name is no record of ours, whatever it holds.
  if (owner !== undefined && owner !== ownerName(inOwnStore(sync)))
    throw new FleetkitError('sync/owned', `it belongs to ${formatOwner(owner)}, so it cannot hold the status of ${formatRef(sync)}`, {
      ref: configMapOf(sync),
    })
  return { object, status: object === undefined ? {} : statusIn(object) }
}

/** The status in a record of another Sync; one that is damaged is for that Sync to report. */
function resultIn(object: KubeObject): SyncStatus | undefined {
  try {
    return statusIn(object)
  } catch {
    return undefined
  }
}

function statusIn(object: KubeObject): SyncStatus {
  const text = (object.data as Readonly<Record<string, unknown>> | undefined)?.[statusKey]
  try {
    return syncStatusOf({ status: JSON.parse(String(text)) })
  } catch (cause) {
    throw new FleetkitError('store/corrupt', `${statusKey} holds no status of a Sync; delete the object to begin a new one`, {
      ref: refOf(object),
      cause,
    })
  }
}
