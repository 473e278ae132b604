import { cleanPath } from '../../manifest/path.ts'
import { FleetkitError } from '../../model/errors/error.ts'
import type { Sync } from '../../model/kinds/sync/sync.ts'
import type { AdmittedTag } from '../../model/kinds/sync/types.generated.ts'
import type { RenderedObject } from '../../model/rendered-object.ts'
import { formatRevision } from '../../model/revision.ts'
import { admitTag, admittedCommit } from '../../plan/sync/admit-tag.ts'
import type { ClusterApi } from '../../ports/cluster.ts'
import type { Git, GitCredentials } from '../../ports/git.ts'
import type { Renderer } from '../../ports/renderer.ts'
import { readCredentials } from './credentials.ts'
import { gitSourceTree } from './source-tree.ts'

/** An exact version that a Sync asks for, resolved. */
export interface ResolvedSource {
  readonly commit: string
  /** As `tag@sha1:commit`. */
  readonly revision: string
  readonly admitted: readonly AdmittedTag[]
  /** A sentence, when the tag points elsewhere now. */
  readonly tagMoved?: string | undefined
  /** A sentence, when the server could not be asked and the admitted commit stands in. */
  readonly sourceUnavailable?: string | undefined
  readonly credentials?: GitCredentials | undefined
}

/**
 * Resolves the version of a Sync to a commit. A tag that was admitted before keeps its commit, whether the tag moved
 * or the server is away.
 */
export async function resolveSource(
  sync: Sync,
  { cluster, git }: { readonly cluster: ClusterApi; readonly git: Git },
  admitted: readonly AdmittedTag[],
  signal: AbortSignal,
): Promise<ResolvedSource> {
  const { url, tag, commit, secretRef } = sync.spec.source.git
  const credentials =
    secretRef === undefined
      ? undefined
      : await readCredentials(
          cluster,
          { apiVersion: 'v1', kind: 'Secret', namespace: sync.metadata.namespace, name: secretRef.name },
          signal,
        )
  if (tag === undefined) {
    const exact = await git.resolve(url, { commit: commit as string }, { credentials, signal })
    return { commit: exact, revision: formatRevision({ commit: exact }), admitted, credentials }
  }
  const known = admittedCommit(admitted, url, tag)
  try {
    const found = await git.resolve(url, { tag }, { credentials, signal })
    const { movedTo, ...admission } = admitTag(admitted, url, tag, found)
    return {
      ...admission,
      revision: formatRevision({ tag, commit: admission.commit }),
      credentials,
      ...(movedTo === undefined
        ? {}
        : { tagMoved: `tag ${tag} of ${url} points to ${movedTo} now; it was admitted as ${admission.commit}, which stays` }),
    }
  } catch (error) {
    // What was admitted is exact: a server that is away, or has lost the tag, does not change what it means.
    if (known === undefined || signal.aborted || !(error instanceof FleetkitError)) throw error
    return { commit: known, revision: formatRevision({ tag, commit: known }), admitted, credentials, sourceUnavailable: error.message }
  }
}

/** The objects that a resolved version declares. */
export async function renderSource(
  sync: Sync,
  { git, renderers }: { readonly git: Git; readonly renderers: readonly Renderer[] },
  { commit, credentials }: ResolvedSource,
  signal: AbortSignal,
): Promise<readonly RenderedObject[]> {
  const { url, tag } = sync.spec.source.git
  const path = cleanPath(sync.spec.path, 'spec.path')
  const tree = gitSourceTree(git, url, commit, { credentials, ...(tag === undefined ? {} : { tag }) })
  const files = await tree.list(path, { signal })
  const renderer = renderers.find((candidate) => candidate.accepts(files, path))
  if (renderer === undefined) {
    const names = renderers.map(({ name }) => name).join(', ')
    const hint = 'a directory with a kustomization needs the kustomize renderer of fleetkit/kustomize'
    throw new FleetkitError('render/unavailable', `no renderer (${names}) takes the directory ${sync.spec.path}; ${hint}`, {
      ref: sync.ref,
    })
  }
  return renderer.render(tree, { path, signal })
}
