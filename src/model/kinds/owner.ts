import type { KubeObject } from '../object.ts'
import type { ObjectRef } from '../reference.ts'
import type { LabelSelector } from '../selector.ts'

/**
 * Label that names the Sync an object belongs to.
 *
 * @category Sync
 */
export const syncNameLabel = 'sync.fleetkit.dev/name'

/**
 * Label that names the namespace of the Sync an object belongs to.
 *
 * @category Sync
 */
export const syncNamespaceLabel = 'sync.fleetkit.dev/namespace'

/**
 * Label of the ConfigMap in which the status of a Sync of its namespace is kept: the name of that Sync. No other Sync may
 * have it.
 *
 * @category Sync
 */
export const syncRecordLabel = 'sync.fleetkit.dev/record'

/**
 * Label of the ConfigMaps that hold a part of the inventory of a Sync of their namespace, where it is too long for its status: the name
 * of that Sync. They carry `syncRecordLabel` too.
 *
 * @category Sync
 */
export const syncInventoryLabel = 'sync.fleetkit.dev/inventory'

/**
 * Keeps a Sync in its store until its objects are removed, as its deletion policy says.
 *
 * @category Sync
 */
export const syncFinalizer = 'fleetkit.dev/sync'

/**
 * The labels that mark the objects of a Sync.
 *
 * @category Sync
 */
export function ownerLabels(sync: ObjectRef): Readonly<Record<string, string>> {
  return { [syncNameLabel]: sync.name, [syncNamespaceLabel]: sync.namespace ?? 'default' }
}

/**
 * Selects the objects of a Sync.
 *
 * @category Sync
 */
export function ownerSelector(sync: ObjectRef): LabelSelector {
  return { matchLabels: ownerLabels(sync) }
}

/**
 * The Sync that an object says it belongs to, as `namespace/name`: the one whose status is kept in it, else the one that
 * applied it. `undefined` when it says nothing.
 *
 * @category Sync
 */
export function ownerOf(object: KubeObject): string | undefined {
  const { namespace, labels = {} } = object.metadata
  const recorded = labels[syncRecordLabel]
  if (recorded !== undefined) return `${namespace ?? ''}/${recorded}`
  const name = labels[syncNameLabel]
  return name === undefined ? undefined : `${labels[syncNamespaceLabel] ?? ''}/${name}`
}

/**
 * The field manager of a Sync: one for each, so that the API server itself tells two Syncs apart that want the same
 * field. The API server takes at most 128 characters, which is why names of Syncs have at most 53.
 *
 * @category Sync
 */
export function fieldManagerOf(sync: ObjectRef): string {
  return managerOf(ownerName(sync))
}

/** What {@link ownerOf} says of the objects of a Sync. */
export function ownerName({ namespace = 'default', name }: ObjectRef): string {
  return `${namespace}/${name}`
}

/** The field manager of the Sync that {@link ownerOf} names. */
export function managerOf(owner: string): string {
  return `fleetkit:${owner}`
}

/** Whether a field manager is that of a Sync. */
export function isManagerOfSync(manager: string): boolean {
  return manager.startsWith('fleetkit:')
}

/**
 * Whether a field manager is one of the past: what people wrote with kubectl, what the API server calls
 * `before-first-apply`, and a Sync that released the object. None of them comes back for its fields, so the Sync that adopts the object takes them
 * over. Flux takes over from the same two (`kubectl`, `before-first-apply`).
 */
export function isFormerManager(manager: string, sync: ObjectRef): boolean {
  return /^(kubectl|before-first-apply$|fleetkit:)/.test(manager) && manager !== fieldManagerOf(sync)
}
