import { assessHealth } from '../../manifest/health/assess.ts'
import type { Health } from '../../manifest/health/health.ts'
import { FleetkitError } from '../../model/errors/error.ts'
import { formatRef, type ObjectRef, refKey, refOf } from '../../model/reference.ts'
import type { EventSink } from '../../observe/event-bus.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ClusterApi } from '../../ports/cluster.ts'
import { readLive } from './read-live.ts'

/** How often the objects are looked at: soon at first, because most are there at once, and then less often. */
const firstPollMs = 100
const maxPollMs = 2000

/** What waiting works with. */
export interface WaitContext {
  readonly cluster: ClusterApi
  readonly clock: Clock
  readonly events: EventSink
  readonly signal: AbortSignal
  /** When to give up, in milliseconds since the epoch. */
  readonly deadline: number
}

/**
 * Waits until every object is healthy.
 *
 * @throws FleetkitError `sync/unhealthy` as soon as one has failed for good, or when the time is up; it names the objects
 * and what each of them waits for.
 */
export async function waitHealthy(
  sync: ObjectRef,
  refs: readonly ObjectRef[],
  { cluster, clock, events, signal, deadline }: WaitContext,
): Promise<void> {
  const told = new Map<string, string>()
  for (let pollMs = firstPollMs; ; pollMs = Math.min(maxPollMs, pollMs * 1.5)) {
    const live = new Map((await readLive(cluster, sync, refs, signal)).map((object) => [refKey(refOf(object)), object]))
    const now = clock.now()
    const verdicts = refs.map((ref): { readonly ref: ObjectRef; readonly health: Pick<Health, 'status' | 'message'> } => {
      const object = live.get(refKey(ref))
      return { ref, health: object === undefined ? { status: 'NotFound', message: 'it does not exist' } : assessHealth(object, { now }) }
    })
    for (const { ref, health } of verdicts) {
      if (told.get(refKey(ref)) === health.status) continue
      told.set(refKey(ref), health.status)
      events.emit('sync.health', { sync, ref, health: health.status, message: health.message })
    }
    const waiting = verdicts.filter(({ health }) => health.status !== 'Current')
    if (waiting.length === 0) return
    const failed = waiting.filter(({ health }) => health.status === 'Failed')
    if (failed.length > 0) throw unhealthy(sync, failed, 'failed')
    if (now + pollMs > deadline) throw unhealthy(sync, waiting, 'not ready in time')
    await clock.sleep(pollMs, { signal })
  }
}

function unhealthy(
  sync: ObjectRef,
  verdicts: readonly { readonly ref: ObjectRef; readonly health: Pick<Health, 'status' | 'message'> }[],
  why: string,
): FleetkitError {
  const listed = verdicts.slice(0, 10).map(({ ref, health }) => `${formatRef(ref)} is ${health.status}: ${health.message}`)
  const more = verdicts.length > listed.length ? `; and ${verdicts.length - listed.length} more` : ''
  return new FleetkitError('sync/unhealthy', `${why}: ${listed.join('; ')}${more}`, { ref: sync })
}
