import { clusterStatusOf } from '../../model/kinds/cluster/status.ts'
import { fleetkitApiVersion } from '../../model/kinds/group.ts'
import type { Owner } from '../../model/kinds/owner.ts'
import { RemoteSync } from '../../model/kinds/remote-sync/remote-sync.ts'
import type { RemoteSyncSpec } from '../../model/kinds/remote-sync/types.generated.ts'
import type { KubeObject } from '../../model/object.ts'
import { type ObjectRef, refKey, refOf } from '../../model/reference.ts'
import type { ClusterApi } from '../../ports/cluster.ts'
import { type AttemptMemory, emptyMemory } from '../attempt/memory.ts'
import { checkIdentity } from '../cluster/check-identity.ts'
import { clusterRefOf, requireCluster } from '../cluster/cluster-ref.ts'
import { holdOf } from '../cluster/hold.ts'
import { isRestored } from '../cluster/mark.ts'
import type { AppliedKind } from './applied-kind.ts'

/** `RemoteSync`: it applies to the cluster that its Cluster describes, once that is known to be the one it was. */
export function remoteKind(): AppliedKind {
  const memories = new ClusterMemories()
  return {
    parse: (object) => RemoteSync.from(object),
    heldBy(object, cache) {
      const ref = clusterRefOf(object)
      return ref && holdOf(ref, cache.get(ref))
    },
    restoredAt(object, cache) {
      const ref = clusterRefOf(object)
      return ref && clusterStatusOf(cache.get(ref) ?? {}).identity?.restoredAt
    },
    async target(object, context) {
      const { clusterOf, management, store, cache } = context
      const ref = requireCluster(object)
      const user = userOf(object)
      const owner = remoteOwnerOf(object, await management())
      const kept = cache.get(ref)
      if (kept !== undefined) await checkIdentity(kept, context)
      return { owner, cluster: actingAs(clusterOf(ref), user), home: store, memory: memories.of(ref, user, kept) }
    },
    async mayHoldMore(object, { owner }, { cache, clusterOf, signal }) {
      const ref = requireCluster(object)
      const kept = cache.get(ref)
      const { uid = '' } = kept?.metadata ?? {}
      const known = { owner: uid, remembered: clusterStatusOf(kept ?? {}).identity }
      // As the connection: the ServiceAccount of the object may have no right to read the mark.
      return isRestored(clusterOf(ref), owner.management ?? '', known, signal)
    },
    ownerOf: remoteOwnerOf,
    sharesTarget: (object, other) => {
      const [one, two] = [clusterRefOf(object), clusterRefOf(other)]
      return one !== undefined && two !== undefined && refKey(one) === refKey(two)
    },
  }
}

/** A RemoteSync as its cluster knows it. */
export function remoteOwnerOf(object: KubeObject, management: string | undefined): Owner {
  const { owner: owning } = (object.spec ?? {}) as Partial<RemoteSyncSpec>
  return { ...refOf(object), management, ...(owning !== undefined && { as: { apiVersion: fleetkitApiVersion, kind: 'Sync', ...owning } }) }
}

/** As whom a RemoteSync acts in its cluster; as the connection does when it does not say. */
export function userOf({ spec }: KubeObject): string | undefined {
  const { serviceAccount } = (spec ?? {}) as Partial<RemoteSyncSpec>
  return serviceAccount && `system:serviceaccount:${serviceAccount.namespace}:${serviceAccount.name}`
}

/** The line to a cluster as a user of it. */
export function actingAs(line: ClusterApi, user: string | undefined): ClusterApi {
  // A line has the method whatever it leads to, and says then whether there are users.
  return user === undefined ? line : (line as Required<ClusterApi>).impersonate({ user })
}

/** What attempts at each cluster share as one user, for as long as it is the same. */
export class ClusterMemories {
  readonly #memories = new Map<string, { readonly state: string; readonly memory: AttemptMemory }>()

  of(ref: ObjectRef, user: string | undefined, cluster: KubeObject | undefined): AttemptMemory {
    const { uid, restoredAt } = clusterStatusOf(cluster ?? {}).identity ?? {}
    const state = JSON.stringify([uid, restoredAt])
    const key = JSON.stringify([refKey(ref), user])
    const kept = this.#memories.get(key)
    if (kept?.state === state) return kept.memory
    const memory = emptyMemory()
    this.#memories.set(key, { state, memory })
    return memory
  }
}
