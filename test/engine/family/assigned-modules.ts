import type { AssignedModule, KubeObject } from 'fleetkit'
import { digestOfSync, ModuleRevision, type ModuleRevisionSpecInput, moduleRevisionNameOf, specialisedSync } from 'fleetkit/fleet'
import type { RestorableCluster } from 'fleetkit/memory'
import { url } from '../sync/scenarios.ts'
import { commits, namespace } from './remote-assemblage-world.ts'

/** A revision of a module whose source is a directory of the repository, of its name. */
export function revisionOf(name: string, version: 1 | 2 = 1, more: Partial<ModuleRevisionSpecInput> = {}): ModuleRevision {
  const git = { url, commit: commits[version - 1] as string, tag: `v${version}` }
  const spec: ModuleRevisionSpecInput = { module: { name }, source: { git }, path: `./${name}`, prune: true, ...more }
  return new ModuleRevision({ metadata: { name: moduleRevisionNameOf(spec), namespace }, spec })
}

/** What a cluster is assigned by a revision. */
export function assigned(revision: ModuleRevision, generation = 1, values: Readonly<Record<string, string>> = {}): AssignedModule {
  const sync = specialisedSync(revision, values)
  const { name } = revision.metadata
  return { name: sync.name, revision: name, generation, at: '2026-01-31T12:00:00Z', digest: digestOfSync(sync), values }
}

/** Makes revisions where they are not there yet. */
export async function publish(hub: RestorableCluster, ...revisions: readonly ModuleRevision[]): Promise<void> {
  for (const revision of revisions) if ((await hub.get(revision.ref)) === undefined) await hub.create(revision.toObject())
}

/** The same with a finalizer, or without any: it goes no sooner than that is taken off. */
export function withFinalizers({ metadata, ...object }: KubeObject, finalizers: readonly string[]): KubeObject {
  return { ...object, metadata: { ...metadata, finalizers } } as KubeObject
}
