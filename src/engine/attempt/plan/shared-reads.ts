import { SingleFlight } from '../../../async/single-flight.ts'
import { settlesWithin } from '../../../async/time/settles-within.ts'
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

type Found = ReadonlyMap<string, KubeObject>

/** What is going to be read in one go. */
interface Batch {
  readonly refs: Map<string, ObjectRef>
  readonly flight: SingleFlight<Found>
  /** How many have asked. */
  callers: number
}

/**
 * Objects read by their names for many attempts at once. While objects of a kind are read in a namespace, who asks for others of them waits, and
 * all that have waited are read together: of many Syncs that are applied for the first time, each costs a part of a list. One for each
 * process and cluster.
 */
export class SharedReads {
  /** What is read next, by kind and namespace. */
  readonly #next = new Map<string, Batch>()
  /** What is being read. */
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
    const batch = this.#next.get(key) ?? { refs: new Map(), flight: new SingleFlight(), callers: 0 }
    this.#next.set(key, batch)
    for (const ref of refs) batch.refs.set(refKey(ref), ref)
    batch.callers++
    const found = await batch.flight.run(key, signal, (shared) => this.#read(key, batch, cluster, { clock, signal: shared }))
    return refs.flatMap((ref) => found.get(refKey(ref)) ?? [])
  }

  async #read(key: string, batch: Batch, cluster: ClusterApi, { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal }) {
    const before = this.#running.get(key)
    // A read that hangs must hold up only those who asked for it.
    await (before && settlesWithin(before, atMostMs, clock, signal))
    if (this.#next.get(key) === batch) this.#next.delete(key)
    const few = batch.callers > 1 ? fewOfMany : undefined
    const reading = untilAborted(readByName(cluster, [...batch.refs.values()], { few, signal }), signal)
    this.#running.set(key, reading)
    try {
      return new Map((await reading).map((object) => [refKey(refOf(object)), object]))
    } finally {
      if (this.#running.get(key) === reading) this.#running.delete(key)
    }
  }
}
