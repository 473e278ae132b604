import type { AppliedDependency, SyncDependency } from '../../model/kinds/sync/types.generated.ts'
import type { KubeObject } from '../../model/object.ts'
import type { ObjectRef } from '../../model/reference.ts'

/** Something that must be ready. */
export interface Dependency {
  readonly ref: ObjectRef
  /** What says whether it is, instead of its Ready condition. */
  readonly readyExpr?: string | undefined
}

/** What an object as it is stored, valid or not, depends on: objects of its kind and in its namespace, unless they name others. */
export function dependenciesOf({ apiVersion, kind: ownKind, metadata, spec }: KubeObject): readonly Dependency[] {
  const { dependsOn } = (spec ?? {}) as { readonly dependsOn?: unknown }
  if (!Array.isArray(dependsOn)) return []
  return dependsOn
    .filter((entry): entry is SyncDependency => typeof entry?.name === 'string')
    .map(({ kind = ownKind, name, namespace = metadata.namespace, readyExpr }) => ({
      ref: { apiVersion, kind, namespace, name },
      readyExpr: typeof readyExpr === 'string' && readyExpr !== '' ? readyExpr : undefined,
    }))
}

/** What an object was applied with, as its status says, and depended on then. */
export function appliedDependenciesOf({ apiVersion, status }: KubeObject): readonly ObjectRef[] {
  const { dependencies } = (status ?? {}) as { readonly dependencies?: unknown }
  if (!Array.isArray(dependencies)) return []
  return dependencies
    .filter((entry): entry is AppliedDependency => typeof entry?.kind === 'string' && typeof entry.name === 'string')
    .map(({ kind, namespace, name }) => ({ apiVersion, kind, namespace, name }))
}
