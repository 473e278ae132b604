import type { Json } from '../../../model/object.ts'
import type { RolloutState } from '../../../rollout/state/state.ts'
import type { AssemblageView, FleetCluster, RolloutRecord } from '../planner/input.ts'

/** What has happened, by the clock of another program, as having happened by now: what waits for a while after it must not wait until that clock's time. */
export function notAfter<Since extends { readonly since: number }>(given: Since, now: number): Since {
  return given.since <= now ? given : { ...given, since: now }
}

/** The same of all that a cluster was assigned, and was seen to have. */
export function viewNotAfter(view: AssemblageView, now: number): AssemblageView {
  const modules = view.modules.map((each) => ({
    ...each,
    assigned: each.assigned !== null && each.assigned.at > now ? { ...each.assigned, at: now } : each.assigned,
    observed: each.observed && notAfter(each.observed, now),
  }))
  return { ...view, modules }
}

/** The same of a cluster. */
export function clusterNotAfter(cluster: FleetCluster, now: number): FleetCluster {
  const { reach, busy } = cluster
  return { ...cluster, reach: notAfter(reach, now), ...(busy !== undefined && { busy: notAfter(busy, now) }) }
}

/** The same of what is remembered of a rollout, in which every time has a name that ends in `at` or `since`. */
export function rolloutNotAfter({ module, state }: RolloutRecord, now: number): RolloutRecord {
  return { module, state: timesNotAfter(state as unknown as Json, now) as unknown as RolloutState }
}

function timesNotAfter(value: Json, now: number): Json {
  if (Array.isArray(value)) return value.map((item: Json) => timesNotAfter(item, now))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, field]): [string, Json] =>
    typeof field === 'number' && /(?:at|since)$/i.test(key) ? [key, Math.min(field, now)] : [key, timesNotAfter(field as Json, now)],
  )
  return Object.fromEntries(entries)
}
