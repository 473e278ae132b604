import { canonicalJson } from '../../../model/json/canonical-json.ts'
import type { DriverInput } from '../../../model/kinds/assemblage/driver-input.ts'
import { assembledName } from '../../../model/kinds/assemblage/marks.ts'
import type { AssembledGitSource, AssembledSync } from '../../../model/kinds/assemblage/types.generated.ts'
import type { KubeObject } from '../../../model/object.ts'
import type { ObjectRef } from '../../../model/reference.ts'
import { sha256 } from '../../../model/sha256.ts'
import { isSameVersion } from '../diff-objects.ts'
import { foundOf } from '../index-input.ts'
import { markedObject } from '../marked-object.ts'

/** The type of a source. */
export const gitRepositoryType = { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'GitRepository' } as const

/** The type of what applies a source. */
export const kustomizationType = { apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization' } as const

/** The tag of a commit, for people. On the Kustomization: syncs that share a source can name its commit by different tags. */
const tagAnnotation = 'assemblage.fleetkit.dev/tag'

/** The GitRepository that a Kustomization used before: it is kept, so that a rollback has its artifact at once. */
const previousSourceAnnotation = 'assemblage.fleetkit.dev/previous-source'

/** The part of a Kustomization's specification that says what it applies. */
export interface KustomizationSpec {
  readonly sourceRef?: { readonly name?: string }
  readonly path?: string
  readonly targetNamespace?: string
}

/** The GitRepository of a source. It never changes: another commit is another one, and syncs of one commit share it. */
export function gitRepository({ url, commit, secretRef }: AssembledGitSource, assemblage: ObjectRef): KubeObject {
  const hash = sha256(canonicalJson([url, secretRef?.name ?? null, commit])).slice(0, 16)
  const spec = {
    url,
    ...(secretRef && { secretRef: { name: secretRef.name } }),
    ref: { commit },
    // Each look is a full clone, and a commit cannot move.
    interval: '24h',
    timeout: '60s',
    suspend: false,
  }
  return markedObject({ ...gitRepositoryType, metadata: { name: assembledName(assemblage.name, hash) }, spec }, assemblage)
}

/**
 * The Kustomization of a sync. All is written that has a default or a meaning when it is absent, so that an edit of it is seen.
 *
 * @param source - the GitRepository that it uses
 */
export function kustomization(sync: AssembledSync, source: KubeObject, input: DriverInput): KubeObject {
  const { assemblage } = input
  const { git } = sync.source
  const metadata = {
    name: assembledName(assemblage.name, sync.name),
    ...(git.tag !== undefined && { annotations: { [tagAnnotation]: git.tag } }),
  }
  const sourceRef = { kind: source.kind, name: source.metadata.name }
  const wanted = markedObject({ ...kustomizationType, metadata, spec: { sourceRef, ...specOf(sync, assemblage) } }, assemblage, sync.name)
  const found = foundOf(wanted, input)
  const previous = found && previousSource(wanted, found)
  if (previous === undefined) return wanted
  // Not part of the digest: it says where a version came from, not which one it is.
  const annotations = { ...wanted.metadata.annotations, [previousSourceAnnotation]: previous }
  return { ...wanted, metadata: { ...wanted.metadata, annotations } }
}

/** The sources of the Kustomization that is there: the one that it uses, and the one before. */
export function sourcesOf(found: KubeObject): readonly string[] {
  const name = (found.spec as KustomizationSpec | undefined)?.sourceRef?.name
  return [name, found.metadata.annotations?.[previousSourceAnnotation]].filter((source) => source !== undefined)
}

function previousSource(wanted: KubeObject, found: KubeObject): string | undefined {
  const [name] = sourcesOf(wanted)
  const used = (found.spec as KustomizationSpec | undefined)?.sourceRef?.name
  // With the same version another source is an edit.
  if (used !== name && !isSameVersion(wanted, found)) return used
  return found.metadata.annotations?.[previousSourceAnnotation]
}

function specOf(sync: AssembledSync, assemblage: ObjectRef): object {
  const { path, interval, retryInterval, timeout, prune, wait, force, targetNamespace, deletionPolicy } = sync
  const { postBuild, healthChecks, healthCheckExprs, ignore, dependsOn } = sync
  return {
    path,
    interval,
    ...(retryInterval !== undefined && { retryInterval }),
    timeout,
    prune,
    wait,
    force,
    suspend: false,
    deletionPolicy,
    ...(targetNamespace !== undefined && { targetNamespace }),
    ...(postBuild && { postBuild: postBuildOf(postBuild) }),
    ...(healthChecks && { healthChecks }),
    ...(healthCheckExprs && { healthCheckExprs }),
    ...(ignore && { ignore }),
    ...(dependsOn && {
      dependsOn: dependsOn.map((dependency) => ({ ...dependency, name: assembledName(assemblage.name, dependency.name) })),
    }),
  }
}

/** Whether a variable without a value is an error is no field of a Kustomization, but a setting of Flux. */
function postBuildOf({ strict: _, ...postBuild }: NonNullable<AssembledSync['postBuild']>): object {
  return postBuild
}
