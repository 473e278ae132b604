import { fleetkitApiVersion } from '../../../model/kinds/group.ts'
import { type Owner, ownerName } from '../../../model/kinds/owner.ts'
import { mirrorDeletionAnnotation, mirrorManagementLabel, mirrorOwnerAnnotation } from '../../../model/mirror/annotations.ts'
import type { KubeObject } from '../../../model/object.ts'
import { formatRef, refKey, refOf, type TypeRef } from '../../../model/reference.ts'
import type { ClusterApi } from '../../../ports/cluster.ts'
import type { SelectOptions } from '../../../ports/store.ts'
import { listAll } from '../../attempt/list-all.ts'
import type { CacheReader, ReconcileContext } from '../../runtime/context.ts'
import { copyTypes, mirrorKinds } from '../copy-types.ts'
import { release } from '../remove.ts'
import { type FoundUpstream, findUpstream } from './find-upstream.ts'

/** A copy here, and what it was written from. */
interface GoneCopy {
  readonly copy: KubeObject
  readonly owner: Owner
}

/** Copies here of which a management, as far as it is known, no longer has what they were written from: its finalizer was taken off by hand. */
export async function goneCopies(
  local: ClusterApi,
  { cluster, management }: FoundUpstream,
  cache: CacheReader,
  signal: AbortSignal,
): Promise<readonly GoneCopy[]> {
  const { namespace } = cluster.metadata
  const gone = mirrorKinds.map(async (kind) => {
    const type = { apiVersion: fleetkitApiVersion, kind }
    const ours = { labelSelector: { matchLabels: { [mirrorManagementLabel]: management } }, signal }
    const copies = await listServed(local, copyTypes[kind], ours)
    const prefix = ownerName({ ...type, management, namespace, name: '' })
    return copies.flatMap((copy) => {
      const name = copy.metadata.annotations?.[mirrorOwnerAnnotation] ?? ''
      if (!name.startsWith(prefix) || copy.metadata.deletionTimestamp !== undefined) return []
      const owner = { ...type, management, namespace, name: name.slice(prefix.length) }
      return cache.get(owner) === undefined ? [{ copy, owner }] : []
    })
  })
  return (await Promise.all(gone)).flat()
}

/** Removes such copies, or lets go of them, as they say themselves: after a complete list from that same management. */
export async function removeGone(
  gone: readonly GoneCopy[],
  { upstream, local }: { readonly upstream: ClusterApi; readonly local: ClusterApi },
  { cluster, management }: FoundUpstream,
  { logger, signal }: ReconcileContext,
): Promise<void> {
  const { namespace = 'default', uid } = cluster.metadata
  const lists = mirrorKinds.map((kind) => listServed(upstream, { apiVersion: fleetkitApiVersion, kind }, { namespace, signal }))
  const listed = new Set((await Promise.all(lists)).flat().map((object) => refKey(refOf(object))))
  const after = await findUpstream(upstream, namespace, signal)
  if (!('cluster' in after) || after.management !== management || after.cluster.metadata.uid !== uid) return
  for (const { copy, owner } of gone) {
    if (listed.has(refKey(owner))) continue
    const orphans = copy.metadata.annotations?.[mirrorDeletionAnnotation] === 'Orphan'
    logger.warn(`the management no longer has the ${owner.kind} of a copy`, { copy: formatRef(refOf(copy)), isDeleted: !orphans })
    await release(refOf(copy), owner, orphans, local, signal)
  }
}

/** The objects of a type, none where it is not served: then nothing of it was ever written there. */
async function listServed(cluster: ClusterApi, type: TypeRef, options: SelectOptions): Promise<readonly KubeObject[]> {
  return (await cluster.discover(type, { signal: options.signal })) === undefined ? [] : listAll(cluster, type, options)
}
