import { withinTime } from '../../../async/time/within-time.ts'
import { untilAborted } from '../../../async/until-aborted.ts'
import { FleetkitError, hasCode } from '../../../model/errors/error.ts'
import { formatRef, type ObjectRef, refKey, typeKey } from '../../../model/reference.ts'
import { Informer } from '../cache/informer.ts'
import { relistAfterMs } from '../cache/relist-after.ts'
import type { ManagerContext } from '../context.ts'
import type { ClusterCache, ClusterWatch } from './cluster-watch.ts'

/** How long the first list of a cluster's objects may take. */
const listAtMostMs = 30_000

interface Watched {
  readonly cluster: ObjectRef
  readonly state: string | undefined
  readonly informer: Informer
}

/** What a controller follows in other clusters: one list and one watch for each cluster and type, opened when it is asked for first. */
export class ClusterWatches implements AsyncDisposable {
  readonly #context: ManagerContext
  readonly #reconcile: (ref: ObjectRef) => void
  readonly #watched = new Map<string, Watched>()
  #closed = false

  constructor(context: ManagerContext, reconcile: (ref: ObjectRef) => void) {
    this.#context = context
    this.#reconcile = reconcile
  }

  /**
   * What is known of the objects, once there is a list of them.
   *
   * @throws FleetkitError `timeout` when there is none within half a minute; it is still asked for.
   */
  async of(cluster: ObjectRef, watch: ClusterWatch, signal: AbortSignal): Promise<ClusterCache> {
    const { informer } = this.#open(cluster, watch)
    const { clock } = this.#context
    try {
      await withinTime(listAtMostMs, 'there was no list in time', { clock, signal }, (limit) => untilAborted(informer.synced, limit))
    } catch (error) {
      if (!hasCode(error, 'timeout')) throw error
      const why = informer.lastError?.message ?? 'it did not answer in time'
      throw new FleetkitError('timeout', `${formatRef(cluster)}: its objects of the kind ${watch.type.kind} are not known: ${why}`, {
        cause: error,
      })
    }
    return informer
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#watched.keys()].map((key) => this.#close(key)))
  }

  #open(cluster: ObjectRef, { type, labelSelector, state, map }: ClusterWatch): Watched {
    if (this.#closed) throw new FleetkitError('aborted', 'the controller has stopped')
    const key = JSON.stringify([refKey(cluster), typeKey(type), labelSelector])
    const known = this.#watched.get(key)
    if (known?.state === state && known !== undefined) return known
    if (known !== undefined) void this.#close(key)
    this.#closeThoseOfTheGone()
    const { clusterOf, clock, logger, events, random } = this.#context
    const informer = new Informer({
      store: clusterOf(cluster),
      type,
      labelSelector,
      relistAfterMs,
      clock,
      logger,
      events,
      random,
    })
    informer.subscribe(({ object }) => {
      for (const ref of map(object)) this.#reconcile(ref)
    })
    const watched = { cluster, state, informer: informer.start() }
    this.#watched.set(key, watched)
    return watched
  }

  /** A Cluster that is not there any more is followed no longer. */
  #closeThoseOfTheGone(): void {
    const { cache } = this.#context
    for (const [key, { cluster }] of this.#watched) if (cache.has(cluster) && cache.get(cluster) === undefined) void this.#close(key)
  }

  async #close(key: string): Promise<void> {
    const informer = this.#watched.get(key)?.informer
    this.#watched.delete(key)
    await informer?.[Symbol.asyncDispose]()
  }
}
