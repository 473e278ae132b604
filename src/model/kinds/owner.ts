import type { KubeObject } from '../object.ts'
import { type ObjectRef, refKey } from '../reference.ts'
import type { LabelSelector } from '../selector.ts'
import { sha256 } from '../sha256.ts'

/**
 * An object that owns what it has applied to a cluster: a Sync in that cluster itself, or an object of a management outside of it.
 *
 * @category Sync
 */
export interface Owner extends ObjectRef {
  /** The id of the management that keeps it. Absent for an object of the cluster that it applies to. */
  readonly management?: string | undefined
  /** The Sync of the cluster in whose name it applies: what it applies belongs to that. */
  readonly as?: ObjectRef | undefined
}

/**
 * Label that names the owner an object belongs to.
 *
 * @category Sync
 */
export const syncNameLabel = 'sync.fleetkit.dev/name'
/**
 * Label that names the namespace of the owner an object belongs to.
 *
 * @category Sync
 */
export const syncNamespaceLabel = 'sync.fleetkit.dev/namespace'
/**
 * Label that names the kind of the owner an object belongs to, where that is no Sync.
 *
 * @category Sync
 */
export const ownerKindLabel = 'sync.fleetkit.dev/kind'
/**
 * Label that names the management of the owner an object belongs to, where that is no object of the same cluster.
 *
 * @category Sync
 */
export const managementLabel = 'sync.fleetkit.dev/management'
/**
 * Label of the ConfigMap in which the status of a Sync of its namespace is kept: the name of that Sync. No other Sync may
 * have it.
 *
 * @category Sync
 */
export const syncRecordLabel = 'sync.fleetkit.dev/record'
/**
 * Label of the ConfigMaps that hold a part of the inventory of an owner in their namespace, where it is too long for its status: the name
 * of that owner. They carry `syncRecordLabel` too.
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

/** How long the name of a field manager can be for the API server. */
const maxManagerLength = 128
const prefix = 'fleetkit:'

/**
 * The labels that mark the objects of an owner.
 *
 * @category Sync
 */
export function ownerLabels(given: Owner): Readonly<Record<string, string>> {
  const owner = inCluster(given)
  return { [syncNameLabel]: owner.name, [syncNamespaceLabel]: owner.namespace ?? 'default', ...kindLabels(owner) }
}

/** Of the labels of an owner those that no Sync of the cluster itself has. */
export function kindLabels({ kind, management }: Owner): Readonly<Record<string, string>> {
  return { ...(kind === 'Sync' ? {} : { [ownerKindLabel]: kind }), ...(management === undefined ? {} : { [managementLabel]: management }) }
}

/** Whether an object of the cluster that is applied to is the owner itself. */
export function isOwner(given: Owner, ref: ObjectRef): boolean {
  const owner = inCluster(given)
  return owner.management === undefined && refKey(ref) === refKey({ ...inOwnStore(owner), namespace: homeNamespaceOf(owner) })
}

/** An owner as the cluster knows it that it applies to. */
export function inCluster(owner: Owner): Owner {
  return owner.as ?? owner
}

/** An owner as its own store knows it: of the management nothing has to be said there. */
export function inOwnStore({ apiVersion, kind, namespace, name }: ObjectRef): Owner {
  return { apiVersion, kind, namespace, name }
}

/**
 * Selects the objects of an owner.
 *
 * @category Sync
 */
export function ownerSelector(owner: Owner): LabelSelector {
  return selectorOf(ownerLabels(owner))
}

/** Selects what has these labels, and of those that tell kinds of owners apart no others. */
export function selectorOf(matchLabels: Readonly<Record<string, string>>): LabelSelector {
  const absent = [ownerKindLabel, managementLabel].filter((key) => matchLabels[key] === undefined)
  const matchExpressions = absent.map((key) => ({ key, operator: 'DoesNotExist' }) as const)
  return { matchLabels, ...(matchExpressions.length === 0 ? {} : { matchExpressions }) }
}

/**
 * The owner that an object says it belongs to, `namespace/name` of a Sync and `Kind:management:namespace/name` of others: the one whose status is kept in it, else the one that
 * applied it. `undefined` when it says nothing.
 *
 * @category Sync
 */
export function ownerOf(object: KubeObject): string | undefined {
  const { namespace: home, labels = {} } = object.metadata
  const kind = labels[ownerKindLabel] ?? 'Sync'
  const management = labels[managementLabel]
  const recorded = labels[syncRecordLabel]
  if (recorded !== undefined) return textOf({ kind, management, namespace: home ?? '', name: recorded })
  const name = labels[syncNameLabel]
  return name === undefined ? undefined : textOf({ kind, management, namespace: labels[syncNamespaceLabel] ?? '', name })
}

/**
 * The field manager of an owner: one for each, so that the API server itself tells two of them apart that want the same
 * field. The API server takes at most 128 characters: of a longer one the namespace and the name are hashed.
 *
 * @category Sync
 */
export function fieldManagerOf(owner: Owner): string {
  return managerOf(ownerName(owner))
}

/** The name of an owner among all: `namespace/name` of a Sync in its own cluster, else `Kind:management:namespace/name`. */
export function ownerName(owner: Owner): string {
  const { kind, management, namespace = 'default', name } = inCluster(owner)
  return textOf({ kind, management, namespace, name })
}

function textOf({ kind, management, namespace, name }: Omit<Owner, 'apiVersion'>): string {
  return [...(kind === 'Sync' ? [] : [kind]), ...(management === undefined ? [] : [management]), `${namespace}/${name}`].join(':')
}

/** The owner that {@link ownerName} or {@link ownerOf} names, for people. */
export function formatOwner(owner: string): string {
  const parts = owner.split(':')
  const name = parts.pop()
  const kind = /^[A-Z]/.test(parts[0] ?? '') ? parts.shift() : 'Sync'
  return `${kind} ${name}${parts.length === 0 ? '' : ` of the management ${parts[0]}`}`
}

/** The field manager of the owner that {@link ownerOf} names. */
export function managerOf(owner: string): string {
  if (prefix.length + owner.length <= maxManagerLength) return prefix + owner
  const start = owner.lastIndexOf(':') + 1
  return prefix + owner.slice(0, start) + sha256(owner.slice(start)).slice(0, 40)
}

/** The owner of which a field manager is, as {@link ownerName} names it, where it is not too long for that; `undefined` for other managers. */
export function ownerOfManager(manager: string): string | undefined {
  return manager.startsWith(prefix) ? manager.slice(prefix.length) : undefined
}

/**
 * Whether a field manager is one of the past: what people wrote with kubectl, what the API server calls
 * `before-first-apply`, and an owner that released the object. None of them comes back for its fields, so the one that adopts the object takes them
 * over. Flux takes over from the same two (`kubectl`, `before-first-apply`).
 */
export function isFormerManager(manager: string, owner: Owner): boolean {
  return /^(kubectl|before-first-apply$|fleetkit:)/.test(manager) && manager !== fieldManagerOf(owner)
}

/**
 * The namespace of a cluster in which an owner's objects lie that name none: its own; and where it is no object of that cluster `default`, as kubectl
 * has it.
 */
export function homeNamespaceOf(owner: Owner): string {
  const { namespace, management } = inCluster(owner)
  return management === undefined ? (namespace ?? 'default') : 'default'
}
