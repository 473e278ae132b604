import { FleetkitError } from '../../model/errors/error.ts'
import { orInvalid } from '../../model/errors/or-invalid.ts'
import { toError } from '../../model/errors/to-error.ts'
import { type AnyModule, readModule } from '../../model/kinds/bootstrap-module/read-module.ts'
import { moduleRevisionType } from '../../model/kinds/module-revision/type.ts'
import type { ModuleRevisionSpec } from '../../model/kinds/module-revision/types.generated.ts'
import type { KubeObject } from '../../model/object.ts'
import type { Revision } from '../../model/revision.ts'
import { promotedRevision } from '../../plan/fleet/revision/promoted-revision.ts'
import { readCredentials } from '../attempt/source/credentials.ts'
import type { ReconcileContext } from '../runtime/context.ts'
import { ownIndex, ownKey } from './own-revisions.ts'

/** The exact revision that a Module names. */
export interface ExactRevision extends Revision {
  /** The other commit that the tag names now. It is not followed. */
  readonly movedTo?: string | undefined
}

/** Why it is not known. */
export interface PinHold {
  readonly reason: string
  readonly message: string
  /** With which it is tried again. */
  readonly error?: Error | undefined
}

/**
 * The exact revision that a Module names. What a tag was pinned to stays, also when the git server cannot be asked: the revisions that are kept of the Module say
 * which commit that was.
 */
export async function exactRevision(module: AnyModule, context: ReconcileContext): Promise<ExactRevision | PinHold> {
  const { tag, commit, promoteFrom } = module.spec.source.git
  if (promoteFrom !== undefined) return promoted(module, context)
  const known = pinnedCommit(module, context)
  try {
    const found = await context.idle(() => resolve(module, context))
    if (tag === undefined) return { commit: found }
    return known === undefined || known === found ? { tag, commit: found } : { tag, commit: known, movedTo: found }
  } catch (error) {
    if (context.signal.aborted) throw error
    if (known !== undefined) return tag === undefined ? { commit: commit as string } : { tag, commit: known }
    return { reason: 'SourceUnavailable', message: toError(error).message, error: toError(error) }
  }
}

async function resolve({ spec, metadata }: AnyModule, { git, store, signal }: ReconcileContext): Promise<string> {
  const { url, tag, commit, secretRef } = spec.source.git
  if (git === undefined) throw new FleetkitError('git/config', 'the manager has no git, so no version can be found')
  const secret = secretRef && { apiVersion: 'v1', kind: 'Secret', namespace: metadata.namespace, name: secretRef.name }
  const credentials = secret && (await readCredentials(store, secret, signal))
  return git.resolve(url, tag === undefined ? { commit: commit as string } : { tag }, { credentials, signal })
}

/** The commit of the source, by the oldest revision that is kept of the Module at that tag, or at that commit. */
function pinnedCommit({ metadata, spec }: AnyModule, { cache }: ReconcileContext): string | undefined {
  const { url, tag, commit } = spec.source.git
  const own = cache.indexed(moduleRevisionType, ownIndex, ownKey(metadata.namespace, metadata.name))
  const same = own.filter((revision) => {
    const git = sourceOf(revision)
    return git?.url === url && (tag === undefined ? git?.commit === commit : git?.tag === tag)
  })
  const [oldest] = same.toSorted((a, b) => (createdAt(a) < createdAt(b) ? -1 : 1))
  return oldest && sourceOf(oldest)?.commit
}

function sourceOf({ spec }: KubeObject): ModuleRevisionSpec['source']['git'] | undefined {
  return (spec as Partial<ModuleRevisionSpec> | undefined)?.source?.git
}

function createdAt({ metadata }: KubeObject): string {
  return `${metadata.creationTimestamp ?? ''} ${metadata.name}`
}

function promoted(module: AnyModule, { cache }: ReconcileContext): ExactRevision | PinHold {
  const { promoteFrom } = module.spec.source.git
  const namespace = promoteFrom?.namespace ?? module.metadata.namespace
  const { apiVersion, kind } = module
  const from = cache.get({ apiVersion, kind, namespace, name: promoteFrom?.name as string })
  const read = from && orInvalid(() => readModule(from))
  const found = promotedRevision(module, read instanceof FleetkitError ? undefined : read)
  return 'commit' in found
    ? found
    : { reason: 'NothingToPromote', message: `${found.path}: found ${found.found}, accepted ${found.accepted}` }
}
