import { type KubeObject, type ObjectRef, ownerOf, type SyncStatus } from 'fleetkit'
import { parseInventory } from 'fleetkit/manifest'
import { apiVersionOf, dependencies, type Key, keyOf, kindOrder } from './versions.ts'

export const refOfKey = (key: Key): ObjectRef => {
  const [kind = '', name = ''] = key.split('/')
  return { apiVersion: apiVersionOf(kind), kind, namespace: 'default', name }
}

export const inventoryOf = (status: SyncStatus): ReadonlySet<Key> =>
  new Set(parseInventory(status.inventory).map(({ kind, name }) => `${kind}/${name}`))
export const statusOf = (sync: KubeObject | undefined): SyncStatus => (sync?.status ?? {}) as SyncStatus
export const tagOf = (revision: string | undefined): string => revision?.split('@')[0] ?? ''
export const specTagOf = (sync: KubeObject): string =>
  (sync.spec as { readonly source: { readonly git: { readonly tag: string } } }).source.git.tag

/** The name of the Sync whose an object says it is. */
export function syncNameOf(object: KubeObject | undefined): string | undefined {
  return object && ownerOf(object)?.split('/')[1]
}

export function needs(object: KubeObject, key: Key): boolean {
  return dependencies.get(keyOf(object)) === key && object.metadata.annotations?.['config.kubernetes.io/depends-on'] !== undefined
}

/** Higher goes first: what depends on something that goes too, then the kinds that were applied last. */
export function rankOf(object: KubeObject, leaving: ReadonlySet<Key>): number {
  const needed = dependencies.get(keyOf(object))
  const level = needed !== undefined && leaving.has(needed) && needs(object, needed) ? 1 : 0
  return level * kindOrder.length + kindOrder.indexOf(object.kind)
}

export function isApplied({ metadata }: KubeObject): boolean {
  return (metadata.managedFields ?? []).some(({ manager }) => manager?.startsWith('fleetkit:'))
}

export function isForced(sync: KubeObject | undefined): boolean {
  return (sync?.spec as { readonly force?: boolean } | undefined)?.force === true
}

export function waitsForTermination({ spec }: KubeObject): boolean {
  return (spec as { readonly deletionPolicy?: string }).deletionPolicy === 'WaitForTermination'
}

export function isOrphaning(sync: KubeObject): boolean {
  const { deletionPolicy, suspend } = sync.spec as { readonly deletionPolicy?: string; readonly suspend?: boolean }
  return deletionPolicy === 'Orphan' || suspend === true
}
