import {
  type Condition,
  getCondition,
  type KubeObject,
  mirrorOwnerAnnotation,
  mirrorWriteAnnotation,
  type ObjectRef,
  type ProxySyncStatus,
  type TypeRef,
} from 'fleetkit'
import { type MemoryGit, memoryGit } from 'fleetkit/memory'
import { refOfKey } from '../facts.ts'
import { management } from '../units.ts'
import { type Key, objectOf, tags, url } from '../versions.ts'

export const proxyNames: readonly string[] = ['p0', 'p1', 'p2']
export const proxyType: TypeRef = { apiVersion: 'fleetkit.dev/v1alpha1', kind: 'ProxySync' }
export const syncType: TypeRef = { apiVersion: 'fleetkit.dev/v1alpha1', kind: 'Sync' }
export const pullRef: ObjectRef = { apiVersion: 'fleetkit.dev/v1alpha1', kind: 'PullSync', namespace: 'default', name: 'hub' }
export const proxyRefOf = (name: string): ObjectRef => ({ ...proxyType, namespace: 'default', name })
export const copyRefOf = (name: string): ObjectRef => ({ ...syncType, namespace: 'default', name })

/** Who keeps the Sync of a ProxySync. */
export const keeperOf = (name: string): string => `ProxySync:${management}:default/${name}`
export const keeperIn = (copy: KubeObject | undefined): string | undefined => copy?.metadata.annotations?.[mirrorOwnerAnnotation]

/** Of which ProxySync a write is, and of which generation of it. */
export function writeIn(copy: KubeObject | undefined): { readonly uid: string; readonly generation: number } | undefined {
  const [uid, generation] = copy?.metadata.annotations?.[mirrorWriteAnnotation]?.split('/') ?? []
  return uid === undefined ? undefined : { uid, generation: Number(generation) }
}

export interface ProxySpec {
  readonly cluster: { readonly name: string }
  readonly template: { readonly spec: { readonly source: { readonly git: { readonly tag: string } } } }
  readonly edits?: 'Correct' | 'Report'
  readonly adopt?: boolean
  readonly suspend?: boolean
  readonly deletionPolicy?: 'Delete' | 'Orphan'
}

export const proxySpecOf = (proxy: KubeObject | undefined): ProxySpec => proxy?.spec as unknown as ProxySpec
export const wantedTagOf = (proxy: KubeObject): string => proxySpecOf(proxy).template.spec.source.git.tag
export const proxyStatusOf = (proxy: KubeObject | undefined): ProxySyncStatus => (proxy?.status ?? {}) as ProxySyncStatus
export const readyOf = (status: { readonly conditions?: readonly Condition[] | undefined }): Condition | undefined =>
  getCondition(status.conditions, 'Ready')

/** What a Sync has in a version: an object that every version has, and one that only this one has. */
export const contentOf = (name: string, tag: string): readonly Key[] => [`ConfigMap/own-${name}`, `ConfigMap/${name}-${tag}`]
/** Tells in a cluster which version a Sync has applied. */
export const witnessOf = (name: string): ObjectRef => refOfKey(`ConfigMap/own-${name}`)

/** A repository of which each Sync has a directory, and its tags, which never move. */
export function proxySource(): MemoryGit {
  const git = memoryGit()
  for (const tag of tags) {
    const files = proxyNames.map((name) => {
      const objects = contentOf(name, tag).map((key) => JSON.stringify(objectOf(key, tag)))
      return [`${name}/objects.yaml`, objects.join('\n---\n')] as const
    })
    git.tag(url, tag, git.commit(url, Object.fromEntries(files)))
  }
  return git
}
