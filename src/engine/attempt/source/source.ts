import { cleanPath } from '../../../manifest/path.ts'
import { Redactor } from '../../../manifest/substitute/redactor.ts'
import { FleetkitError } from '../../../model/errors/error.ts'
import type { AdmittedTag } from '../../../model/kinds/sync/types.generated.ts'
import type { RenderedObject } from '../../../model/rendered-object.ts'
import { formatRevision, parseRevision } from '../../../model/revision.ts'
import { admitTag, admittedCommit } from '../../../plan/sync/admit-tag.ts'
import type { GitCredentials } from '../../../ports/git.ts'
import type { AttemptContext, AttemptInput } from '../context.ts'
import { inputDigest } from '../plan/input-digest.ts'
import { rendersOf } from '../plan/render-cache.ts'
import { readCredentials } from './credentials.ts'
import { type PostBuildResult, readVariables, replaceVariables } from './post-build.ts'
import { gitSourceTree } from './source-tree.ts'

/** A source, resolved to an exact revision. */
export interface ResolvedSource {
  readonly commit: string
  /** As `tag@sha1:commit`. */
  readonly revision: string
  readonly admitted: readonly AdmittedTag[]
  /** A sentence, when the tag points to another commit now. */
  readonly tagMoved?: string | undefined
  /** A sentence, when the git server failed and the admitted commit is used. */
  readonly sourceUnavailable?: string | undefined
  readonly credentials?: GitCredentials | undefined
}

/**
 * Resolves the source of a specification to a commit. A tag that was admitted before keeps its commit, whether the tag
 * moved or the server is unreachable.
 */
export async function resolveSource(
  input: AttemptInput,
  admitted: readonly AdmittedTag[],
  context: Pick<AttemptContext, 'home' | 'git' | 'events' | 'signal'>,
): Promise<ResolvedSource> {
  const source = await resolve(input, admitted, context)
  context.events.emit('sync.resolved', { sync: input.owner, revision: source.revision })
  return source
}

async function resolve(
  { owner, spec, objects, reviewedCommit }: AttemptInput,
  remembered: readonly AdmittedTag[],
  { home, git, signal }: Pick<AttemptContext, 'home' | 'git' | 'signal'>,
): Promise<ResolvedSource> {
  if (objects !== undefined) {
    if (spec.pin !== undefined && spec.pin.revision !== objects.revision)
      throw new FleetkitError('sync/revision', `found ${objects.revision}, accepted ${spec.pin.revision}, to which it is pinned`, {
        ref: owner,
      })
    return { commit: '', revision: objects.revision, admitted: remembered }
  }
  const { url, tag, commit, secretRef } = spec.source.git
  const credentials =
    secretRef === undefined
      ? undefined
      : await readCredentials(home, { apiVersion: 'v1', kind: 'Secret', namespace: owner.namespace, name: secretRef.name }, signal)
  if (spec.pin !== undefined) {
    const { revision } = spec.pin
    const exact = await git.resolve(url, { commit: pinnedCommit(revision) }, { credentials, signal })
    return { commit: exact, revision, admitted: remembered, credentials }
  }
  if (tag === undefined) {
    const exact = await git.resolve(url, { commit: commit as string }, { credentials, signal })
    return { commit: exact, revision: formatRevision({ commit: exact }), admitted: remembered, credentials }
  }
  const admitted = reviewedCommit === undefined ? remembered : admitTag(remembered, url, tag, reviewedCommit).admitted
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
    // An admitted commit is exact: it stands although the server is unreachable or has lost the tag.
    if (known === undefined || signal.aborted || !(error instanceof FleetkitError)) throw error
    return { commit: known, revision: formatRevision({ tag, commit: known }), admitted, credentials, sourceUnavailable: error.message }
  }
}

/** The commit of an exact revision. The schema has checked its form. */
function pinnedCommit(revision: string): string {
  return parseRevision(revision)?.commit as string
}

/**
 * The objects that a resolved source declares, with the variables of `spec.postBuild` replaced. Equal inputs are rendered once: a commit is
 * exact. Credentials count, so that no one sees what only others may read.
 */
export async function renderSource(
  input: AttemptInput,
  source: ResolvedSource,
  context: Pick<AttemptContext, 'home' | 'git' | 'renderers' | 'signal'>,
): Promise<PostBuildResult> {
  const { owner, spec, objects: made } = input
  const { postBuild, path } = spec
  const renders = rendersOf(context.git, context.renderers)
  const key = inputDigest(spec.source.git.url, source.commit, source.credentials, path, postBuild !== undefined)
  const { objects } = made ?? (await renders.get(key, async () => ({ objects: await render(input, source, context) })))
  if (postBuild === undefined) return { objects, redactor: new Redactor([]) }
  const variables = await readVariables(postBuild, owner, context)
  const { strict, substituteStrategy } = postBuild
  const replace = () => replaceVariables(objects, variables, postBuild, context.signal)
  if (made !== undefined) return replace()
  return renders.get(inputDigest(key, [...variables.values], [...variables.secret], strict, substituteStrategy), replace)
}

async function render(
  { owner, spec }: AttemptInput,
  { commit, credentials, revision }: ResolvedSource,
  { git, renderers, signal }: Pick<AttemptContext, 'git' | 'renderers' | 'signal'>,
): Promise<readonly RenderedObject[]> {
  const { url } = spec.source.git
  const tag = parseRevision(revision)?.tag
  const path = cleanPath(spec.path, 'spec.path')
  const tree = gitSourceTree(git, url, commit, { credentials, ...(tag === undefined ? {} : { tag }) })
  const files = await tree.list(path, { signal })
  const renderer = renderers.find((candidate) => candidate.accepts(files, path))
  if (renderer === undefined) {
    const names = renderers.map(({ name }) => name).join(', ')
    const hint = 'a directory with a kustomization needs the kustomize renderer of fleetkit/kustomize'
    throw new FleetkitError('render/unavailable', `no renderer (${names}) accepts the directory ${spec.path}; ${hint}`, { ref: owner })
  }
  return renderer.render(tree, { path, variables: spec.postBuild !== undefined, signal })
}
