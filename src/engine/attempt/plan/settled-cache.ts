import { hash } from 'node:crypto'
import { BoundedCache } from '../../../async/bounded-cache.ts'
import type { KubeObject } from '../../../model/object.ts'
import { refKey, refOf } from '../../../model/reference.ts'

const maxObjects = 100_000

/**
 * Which applies of which objects change nothing, as the cluster itself said: in its answer to a dry-run, or to the apply that made the
 * object what it is. An object that no longer is as it was then is not settled any more; its status does not count. One for each process that
 * applies: in each reconcile the cluster itself is wrapped anew.
 */
export class SettledCache {
  readonly #digests = new BoundedCache<string>(maxObjects)

  /** Whether applying `desired` over `live` is known to change nothing. */
  has(manager: string, desired: KubeObject, live: KubeObject): boolean {
    return this.#digests.get(keyOf(manager, live)) === stateOf(desired, live)
  }

  add(manager: string, desired: KubeObject, live: KubeObject): void {
    this.#digests.set(keyOf(manager, live), stateOf(desired, live), 1)
  }
}

function keyOf(manager: string, live: KubeObject): string {
  return `${manager}\n${refKey(refOf(live))}`
}

function stateOf(desired: KubeObject, live: KubeObject): string {
  const { status: _, metadata, ...rest } = live
  const { managedFields: __, resourceVersion: ___, generation: ____, ...kept } = metadata
  // One that comes with its fields in another order counts as another, which costs a dry-run and no more.
  return hash('sha256', JSON.stringify([desired, rest, kept]), 'base64')
}
