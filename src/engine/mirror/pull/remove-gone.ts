import { fleetkitApiVersion } from '../../../model/kinds/group.ts'
import { mirrorDeletionAnnotation, mirrorManagementLabel, mirrorOwnerAnnotation } from '../../../model/kinds/mirror.ts'
import { type Owner, ownerName } from '../../../model/kinds/owner.ts'
import type { KubeObject } from '../../../model/object.ts'
import { formatRef, refOf } from '../../../model/reference.ts'
import type { ClusterApi } from '../../../ports/cluster.ts'
import { listAll } from '../../attempt/list-all.ts'
import type { CacheReader, ReconcileContext } from '../../runtime/context.ts'
import { release } from '../remove.ts'
import { type FoundUpstream, findUpstream } from './find-upstream.ts'

const proxyType = { apiVersion: fleetkitApiVersion, kind: 'ProxySync' } as const

/** A Sync here, and the ProxySync that it was written from. */
interface GoneCopy {
  readonly copy: KubeObject
  readonly owner: Owner
}

/** Syncs here of which a management, as far as it is known, no longer has the ProxySync: its finalizer was taken off by hand. */
export async function goneCopies(
  local: ClusterApi,
  { cluster, management }: FoundUpstream,
  cache: CacheReader,
  signal: AbortSignal,
): Promise<readonly GoneCopy[]> {
  const { namespace } = cluster.metadata
  const type = { apiVersion: fleetkitApiVersion, kind: 'Sync' }
  const copies = await listAll(local, type, { labelSelector: { matchLabels: { [mirrorManagementLabel]: management } }, signal })
  const prefix = ownerName({ ...proxyType, management, namespace, name: '' })
  return copies.flatMap((copy) => {
    const name = copy.metadata.annotations?.[mirrorOwnerAnnotation] ?? ''
    if (!name.startsWith(prefix) || copy.metadata.deletionTimestamp !== undefined) return []
    const owner = { ...proxyType, management, namespace, name: name.slice(prefix.length) }
    return cache.get(owner) === undefined ? [{ copy, owner }] : []
  })
}

/** Removes such Syncs, or lets go of them, as they say themselves: after a complete list from that same management. */
export async function removeGone(
  gone: readonly GoneCopy[],
  { upstream, local }: { readonly upstream: ClusterApi; readonly local: ClusterApi },
  { cluster, management }: FoundUpstream,
  { logger, signal }: ReconcileContext,
): Promise<void> {
  const { namespace = 'default', uid } = cluster.metadata
  const listed = new Set((await listAll(upstream, proxyType, { namespace, signal })).map(({ metadata }) => metadata.name))
  const after = await findUpstream(upstream, namespace, signal)
  if (!('cluster' in after) || after.management !== management || after.cluster.metadata.uid !== uid) return
  for (const { copy, owner } of gone) {
    if (listed.has(owner.name)) continue
    const orphans = copy.metadata.annotations?.[mirrorDeletionAnnotation] === 'Orphan'
    logger.warn('the management no longer has the ProxySync of a Sync', { sync: formatRef(refOf(copy)), isDeleted: !orphans })
    await release(refOf(copy), owner, orphans, local, signal)
  }
}
