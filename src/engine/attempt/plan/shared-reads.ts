import { settlesWithin } from '../../../async/settles-within.ts'
import { untilAborted } from '../../../async/until-aborted.ts'
import type { KubeObject } from '../../../model/object.ts'
import { type ObjectRef, refKey, refOf, typeKey } from '../../../model/reference.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { ClusterApi } from '../../../ports/cluster.ts'
import { readByName } from './read-by-name.ts'

/** How long others wait for a read to end before they read beside it. */
const atMostMs = 1000
/** Up to this many objects that several ask for are read one by one. */
const fewOfMany = 3

/** What is going to be read in one go. */
interface Batch {
  readonly refs: Map<string, ObjectRef>
  readonly result: Promise<ReadonlyMap<string, KubeObject>>
  readonly abort: AbortController
  /** How many have asked, and how many still wait. */
  callers: number
  waiting: number
}

/**
 * Objects read by their names for many attempts at once. While objects of a kind are read in a namespace, who asks for others of them waits, and
 * all that have waited are read together: of many Syncs that are applied for the first time, each costs a part of a list. One for each
 * process and cluster.
 */
export class SharedReads {
  /** What is read next, by kind and namespace. */
  readonly #next = new Map<string, Batch>()
  /** The end of what is being read. */
  readonly #running = new Map<string, Promise<unknown>>()

  /** Those objects of `refs` that exist, as they are after the call. They are of one kind, in one namespace. */
  async read(
    cluster: ClusterApi,
    refs: readonly ObjectRef[],
    { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
  ): Promise<readonly KubeObject[]> {
    const [first] = refs
    if (first === undefined) return []
    const key = `${typeKey(first)} ${first.namespace}`
    const batch = this.#next.get(key) ?? this.#start(key, cluster, clock)
    for (const ref of refs) batch.refs.set(refKey(ref), ref)
    batch.callers++
    batch.waiting++
    try {
      const found = await untilAborted(batch.result, signal)
      return refs.flatMap((ref) => found.get(refKey(ref)) ?? [])
    } finally {
      if (--batch.waiting === 0) {
        // A later caller must not join what is being aborted.
        if (this.#next.get(key) === batch) this.#next.delete(key)
        batch.abort.abort()
      }
    }
  }

  #start(key: string, cluster: ClusterApi, clock: Clock): Batch {
    const abort = new AbortController()
    const refs = new Map<string, ObjectRef>()
    const before = this.#running.get(key)
    const read = async (): Promise<ReadonlyMap<string, KubeObject>> => {
      // A read that hangs must hold up only those who asked for it.
      await (before && settlesWithin(before, atMostMs, clock, abort.signal))
      if (this.#next.get(key) === batch) this.#next.delete(key)
      const objects = await readByName(cluster, [...refs.values()], {
        few: batch.callers > 1 ? fewOfMany : undefined,
        signal: abort.signal,
      })
      return new Map(objects.map((object) => [refKey(refOf(object)), object]))
    }
    const batch: Batch = { refs, result: untilAborted(read(), abort.signal), abort, callers: 0, waiting: 0 }
    const ended = batch.result
      .catch(() => {})
      .then(() => {
        if (this.#running.get(key) === ended) this.#running.delete(key)
      })
    this.#running.set(key, ended)
    this.#next.set(key, batch)
    return batch
  }
}
