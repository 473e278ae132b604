import { createHash } from 'node:crypto'
import { BoundedCache } from '../../../async/bounded-cache.ts'
import { canonicalJson } from '../../../model/canonical-json.ts'
import type { KubeObject } from '../../../model/object.ts'
import { refKey, refOf } from '../../../model/reference.ts'
import type { ClusterApi } from '../../../ports/cluster.ts'

const maxObjects = 100_000

/**
 * Which applies of which objects change nothing, as the cluster itself said: in its answer to a dry-run, or to the apply that made the
 * object what it is. An object that no longer is as it was then is not settled any more; its status does not count.
 */
export class SettledCache {
  readonly #digests = new BoundedCache<string>(maxObjects)

  /** Whether applying `desired` over `live` is known to change nothing. */
  has(manager: string, desired: KubeObject, live: KubeObject): boolean {
    return this.#digests.get(keyOf(manager, live)) === digestOf(desired, live)
  }

  add(manager: string, desired: KubeObject, live: KubeObject): void {
    this.#digests.set(keyOf(manager, live), digestOf(desired, live), 1)
  }
}

const caches = new WeakMap<ClusterApi, SettledCache>()

/** What is settled about the objects of a cluster. It is forgotten with the connection. */
export function settledIn(cluster: ClusterApi): SettledCache {
  const known = caches.get(cluster)
  if (known !== undefined) return known
  const cache = new SettledCache()
  caches.set(cluster, cache)
  return cache
}

function keyOf(manager: string, live: KubeObject): string {
  return `${manager}\n${refKey(refOf(live))}`
}

function digestOf(desired: KubeObject, live: KubeObject): string {
  const { status: _, metadata, ...rest } = live
  const { managedFields: __, resourceVersion: ___, generation: ____, ...kept } = metadata
  return createHash('sha256')
    .update(canonicalJson([desired, rest, kept]))
    .digest('base64')
}
