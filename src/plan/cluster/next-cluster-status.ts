import { type ConditionUpdate, formatTime, removeConditions, setCondition } from '../../model/condition.ts'
import { jsonEqual } from '../../model/json/json-equal.ts'
import type { ClusterBusy, ClusterEngine, ClusterIdentity, ClusterStatus } from '../../model/kinds/cluster/types.generated.ts'
import { parseTime } from '../../model/time.ts'

/** How exact `lastContactAt` is: a status that says nothing else new is not written more often. */
export const contactEveryMs = 300_000

/** What came of looking at a cluster. */
export type ClusterOutcome =
  | {
      readonly ready: true
      readonly identity: ClusterIdentity
      readonly kubernetesVersion: string | undefined
      readonly engines: readonly ClusterEngine[]
      readonly busy: ClusterBusy | undefined
    }
  | {
      readonly ready: false
      /** For programs, as the reason of the condition. */
      readonly reason: string
      /** For people. */
      readonly message: string
      /** Whether it has answered. */
      readonly answered: boolean
    }

/**
 * The status of a Cluster after it was looked at. Its conditions: `Ready`; `Busy` while the cluster says so itself. What was known of one that cannot be
 * reached stays, with the time of the last contact.
 *
 * @param now - milliseconds since the epoch
 */
export function nextClusterStatus(previous: ClusterStatus, generation: number, outcome: ClusterOutcome, now: number): ClusterStatus {
  const time = formatTime(now)
  const conditions = conditionsAfter(previous, generation, outcome, now)
  const answered = outcome.ready || outcome.answered
  const { reachableSince, lastContactAt, busy: _, ...known } = previous
  const next: ClusterStatus = {
    ...known,
    ...(outcome.ready ? knownOf(outcome) : {}),
    observedGeneration: generation,
    conditions,
    ...(answered ? { reachableSince: reachableSince ?? time } : {}),
    ...(lastContactAt === undefined ? {} : { lastContactAt }),
  }
  const last = lastContactAt === undefined ? undefined : parseTime(lastContactAt)
  const isNews = last === undefined || now - last >= contactEveryMs || last > now || !jsonEqual(next, previous)
  return answered && isNews ? { ...next, lastContactAt: time } : next
}

function conditionsAfter(previous: ClusterStatus, generation: number, outcome: ClusterOutcome, now: number): ClusterStatus['conditions'] {
  const ready: ConditionUpdate = outcome.ready
    ? {
        type: 'Ready',
        status: 'True',
        reason: 'Reachable',
        message: 'it answers, and is the one that it was',
        observedGeneration: generation,
      }
    : { type: 'Ready', status: 'False', reason: outcome.reason, message: outcome.message, observedGeneration: generation }
  const conditions = setCondition(previous.conditions ?? [], ready, now)
  const busy = outcome.ready ? outcome.busy : undefined
  if (busy === undefined) return removeConditions(conditions, 'Busy')
  const message = `${busy.reason} (until ${busy.until})`
  return setCondition(conditions, { type: 'Busy', status: 'True', reason: 'Busy', message, observedGeneration: generation }, now)
}

function knownOf({
  identity,
  kubernetesVersion,
  engines,
  busy,
}: Extract<ClusterOutcome, { readonly ready: true }>): Partial<ClusterStatus> {
  return { identity, engines, ...(kubernetesVersion === undefined ? {} : { kubernetesVersion }), ...(busy === undefined ? {} : { busy }) }
}
