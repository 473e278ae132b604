import type { Health, HealthStatus } from './health.ts'

/** The health of many objects taken together. Plain JSON. */
export interface AggregateHealth {
  readonly status: HealthStatus
  /** The verdict in a sentence, for people. */
  readonly message: string
  /** How many objects have each status. */
  readonly counts: Readonly<Record<HealthStatus, number>>
  /** The earliest instant at which time alone changes the verdict on one of the objects, in milliseconds since the epoch. */
  readonly nextCheckAt?: number
}

const statuses: readonly HealthStatus[] = ['Current', 'InProgress', 'Failed', 'Suspended', 'Terminating', 'NotFound', 'Unknown']

/**
 * Joins the health of many objects as kstatus does (pkg/kstatus/polling/aggregator): one `Failed` makes the whole `Failed`,
 * otherwise one `Unknown` makes it `Unknown`; when all have the desired status, or there are none, it has that; otherwise it
 * is `InProgress`.
 *
 * @param options - `desired` is `Current` unless given; `NotFound` is what one waits for after deleting
 *
 * @example
 * ```ts
 * import { type KubeObject } from 'fleetkit'
 * import { aggregateHealth, assessHealth } from 'fleetkit/manifest'
 *
 * declare const objects: readonly KubeObject[]
 * const now = Date.now()
 * const { status, message } = aggregateHealth(objects.map((object) => assessHealth(object, { now })))
 * ```
 */
export function aggregateHealth(
  healths: Iterable<Health>,
  { desired = 'Current' }: { readonly desired?: 'Current' | 'NotFound' } = {},
): AggregateHealth {
  const counts: Record<HealthStatus, number> = {
    Current: 0,
    InProgress: 0,
    Failed: 0,
    Suspended: 0,
    Terminating: 0,
    NotFound: 0,
    Unknown: 0,
  }
  let total = 0
  let nextCheckAt = Number.POSITIVE_INFINITY
  for (const health of healths) {
    counts[health.status] += 1
    total += 1
    nextCheckAt = Math.min(nextCheckAt, health.nextCheckAt ?? Number.POSITIVE_INFINITY)
  }
  const status = counts.Failed > 0 ? 'Failed' : counts.Unknown > 0 ? 'Unknown' : counts[desired] === total ? desired : 'InProgress'
  const present = statuses.filter((name) => counts[name] > 0).map((name) => `${counts[name]} ${name}`)
  const message = total === 0 ? 'There are no objects.' : `Of ${total} objects: ${present.join(', ')}.`
  return nextCheckAt === Number.POSITIVE_INFINITY ? { status, message, counts } : { status, message, counts, nextCheckAt }
}
