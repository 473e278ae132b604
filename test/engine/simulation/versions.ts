import type { KubeObject, SyncStatus } from 'fleetkit'
import { type MemoryGit, memoryGit } from 'fleetkit/memory'
import type { Random } from '../../rollout/simulation/random.ts'

export const url = 'https://git.example.com/fleet.git'
export const syncNames: readonly string[] = ['s0', 's1', 's2']
export const tags: readonly string[] = ['v1', 'v2', 'v3', 'v4']

/** The kinds of a simulation, in the order in which they are applied (fluxcd/pkg/ssa, sort.go; a kind of one's own comes last). */
export const kindOrder: readonly string[] = ['ServiceAccount', 'ConfigMap', 'Secret', 'Widget']
export const apiVersionOf = (kind: string): string => (kind === 'Widget' ? 'example.com/v1' : 'v1')
export const typesOf: readonly { readonly apiVersion: string; readonly kind: string }[] = kindOrder.map((kind) => ({
  apiVersion: apiVersionOf(kind),
  kind,
}))

/** Names an object of the one namespace: `Kind/name`. */
export type Key = string
export const keyOf = ({ kind, metadata }: Pick<KubeObject, 'kind' | 'metadata'>): Key => `${kind}/${metadata.name}`

export const valueAnnotation = 'example.com/value'
const dependsOnAnnotation = 'config.kubernetes.io/depends-on'

/** By the key of an object: what it says. */
export type Content = ReadonlyMap<Key, string>

/** What depends on what, where both are in a version. */
export const dependencies: ReadonlyMap<Key, Key> = new Map([
  ['ConfigMap/c', 'ConfigMap/a'],
  ['Widget/w', 'Secret/a'],
  ['ServiceAccount/z', 'Secret/a'],
])
const shared: readonly Key[] = ['ConfigMap/a', 'ConfigMap/b', 'ConfigMap/c', 'Secret/a', 'ServiceAccount/z', 'Widget/w', 'Widget/x']
/** What a Sync has in each version with another value: it cannot be changed in place. */
export const immutable: Key = 'ConfigMap/fixed'

/** An object as the source has it. */
export function objectOf(key: Key, value: string, among: Content = new Map()): KubeObject {
  const [kind = '', name = ''] = key.split('/')
  const needed = dependencies.get(key)
  const [needKind, needName] = needed?.split('/') ?? []
  const needs =
    needed !== undefined && among.has(needed) ? { [dependsOnAnnotation]: `/namespaces/default/${needKind}/${needName}` } : undefined
  const metadata = { name, namespace: 'default', annotations: { [valueAnnotation]: value, ...needs } }
  const body = kind === 'ConfigMap' ? { data: { value }, ...(key === immutable ? { immutable: true } : {}) } : {}
  return { apiVersion: apiVersionOf(kind), kind, metadata, ...body }
}

export const valueIn = (object: KubeObject): string | undefined => object.metadata.annotations?.[valueAnnotation]

/** A repository whose tags hold objects for each Sync, and what each commit holds. */
export class VersionedSource {
  readonly git: MemoryGit = memoryGit()
  readonly #random: Random
  readonly #contents = new Map<string, ReadonlyMap<string, Content>>()
  /** The commits that a tag has pointed to. */
  readonly #commits = new Map<string, string[]>()

  constructor(random: Random) {
    this.#random = random
    for (const tag of tags) this.tag(tag)
  }

  /** Lets a tag point to a new commit. */
  tag(tag: string): void {
    const perSync = this.#draw(tag)
    const files = [...perSync].map(([sync, content]) => {
      const objects = [...content].map(([key, value]) => JSON.stringify(objectOf(key, value, content)))
      return [`${sync}/objects.yaml`, objects.join('\n---\n')] as const
    })
    const commit = this.git.commit(url, Object.fromEntries(files))
    this.git.tag(url, tag, commit)
    this.#contents.set(commit, perSync)
    this.#commits.set(tag, [...(this.#commits.get(tag) ?? []), commit])
  }

  #draw(tag: string): ReadonlyMap<string, Content> {
    const random = this.#random
    const perSync = new Map(syncNames.map((sync) => [sync, new Map([[`ConfigMap/own-${sync}`, tag]])]))
    for (const key of shared) {
      if (random.chance(0.25)) continue
      const value = `${key}-${random.below(3)}`
      perSync.get(random.pick(syncNames))?.set(key, value)
      if (random.chance(0.08)) perSync.get(random.pick(syncNames))?.set(key, value)
    }
    perSync.get('s0')?.set(immutable, String(random.below(2)))
    if (random.chance(0.2)) perSync.get('s1')?.set('ConfigMap/theirs', tag)
    return perSync
  }

  /** What a Sync has of the commit of a revision `tag@sha1:commit`. */
  contentOf(sync: string, revision: string | undefined): Content | undefined {
    return this.#contents.get(revision?.split('@sha1:')[1] ?? '')?.get(sync)
  }

  commitsOf(tag: string): readonly string[] {
    return this.#commits.get(tag) ?? []
  }

  /** What a Sync is to have by its specification: its tag, at the commit that it has admitted, or else where the tag points. */
  wantedBy(sync: KubeObject): Content {
    const { tag } = (sync.spec as { readonly source: { readonly git: { readonly tag: string } } }).source.git
    const { admitted = [] } = (sync.status ?? {}) as SyncStatus
    const commit = admitted.find((entry) => entry.tag === tag)?.commit ?? this.commitsOf(tag).at(-1)
    return this.#contents.get(commit ?? '')?.get(sync.metadata.name) ?? new Map()
  }
}
