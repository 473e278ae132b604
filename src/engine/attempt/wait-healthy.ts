import { monotonic } from '../../async/time/monotonic.ts'
import { assessHealth } from '../../manifest/health/assess.ts'
import type { Health } from '../../manifest/health/health.ts'
import { FleetkitError } from '../../model/errors/error.ts'
import { homeNamespaceOf, isOwner } from '../../model/kinds/owner.ts'
import { formatRef, type ObjectRef, refKey, refOf } from '../../model/reference.ts'
import type { EventSink } from '../../observe/event-bus.ts'
import type { ApplyPlan } from '../../plan/apply/plan.ts'
import type { Clock } from '../../ports/clock.ts'
import type { ClusterApi } from '../../ports/cluster.ts'
import type { AttemptContext, AttemptInput } from './context.ts'
import type { HealthJudge } from './health-judge.ts'
import { readLive } from './plan/read-live.ts'

/** How often the objects are read: soon at first, because most are healthy at once, and then less often. */
const firstPollMs = 100
const maxPollMs = 2000

/** What waiting for health works with. */
export interface WaitHealthyContext {
  readonly cluster: ClusterApi
  readonly clock: Clock
  readonly events: EventSink
  readonly signal: AbortSignal
  readonly judge: HealthJudge
  /** When to give up, as `monotonic` tells the time. */
  readonly deadline: number
}

/** The objects whose health decides: all that is applied with `spec.wait`, those of `spec.healthChecks` otherwise. The owner, which waits for them, is none. */
export async function healthChecksOf(
  input: AttemptInput,
  plan: ApplyPlan,
  context: Pick<AttemptContext, 'cluster' | 'signal'>,
): Promise<readonly ObjectRef[]> {
  return (await healthCheckRefs(input, plan, context)).filter((ref) => !isOwner(input.owner, ref))
}

async function healthCheckRefs(
  { owner, spec }: AttemptInput,
  plan: ApplyPlan,
  { cluster, signal }: Pick<AttemptContext, 'cluster' | 'signal'>,
): Promise<readonly ObjectRef[]> {
  if (spec.wait) {
    return plan.stages
      .flat()
      .filter(({ reason }) => reason.code !== 'disabled')
      .map(({ ref }) => ref)
  }
  const defaultNamespace = spec.targetNamespace ?? homeNamespaceOf(owner)
  return Promise.all(
    (spec.healthChecks ?? []).map(async ({ apiVersion, kind, name, namespace = defaultNamespace }) => {
      const namespaced = (await cluster.discover({ apiVersion, kind }, { signal }))?.namespaced
      return namespaced === false ? { apiVersion, kind, name } : { apiVersion, kind, namespace, name }
    }),
  )
}

/**
 * Waits until every object is healthy.
 *
 * @throws FleetkitError `sync/unhealthy` as soon as one has failed for good, or at the deadline; it names the objects and
 * what each of them waits for.
 */
export async function waitHealthy(
  owner: ObjectRef,
  refs: readonly ObjectRef[],
  { cluster, clock, events, signal, judge, deadline }: WaitHealthyContext,
): Promise<void> {
  const reported = new Map<string, string>()
  for (let pollMs = firstPollMs; ; pollMs = Math.min(maxPollMs, pollMs * 1.5)) {
    const live = new Map(
      (await readLive(cluster, { owner, refs, isApplied: () => true, signal })).map((object) => [refKey(refOf(object)), object]),
    )
    const now = clock.now()
    const verdicts = refs.map((ref): { readonly ref: ObjectRef; readonly health: Pick<Health, 'status' | 'message'> } => {
      const object = live.get(refKey(ref))
      return {
        ref,
        health: object === undefined ? { status: 'NotFound', message: 'it does not exist' } : assessHealth(object, { now, ...judge }),
      }
    })
    for (const { ref, health } of verdicts) {
      if (reported.get(refKey(ref)) === health.status) continue
      reported.set(refKey(ref), health.status)
      events.emit('sync.health', { sync: owner, ref, health: health.status, message: health.message })
    }
    const waiting = verdicts.filter(({ health }) => health.status !== 'Current')
    if (waiting.length === 0) return
    const failed = waiting.filter(({ health }) => health.status === 'Failed')
    if (failed.length > 0) throw unhealthy(owner, failed, 'failed')
    if (monotonic(clock) + pollMs > deadline) throw unhealthy(owner, waiting, 'not ready in time')
    await clock.sleep(pollMs, { signal })
  }
}

function unhealthy(
  owner: ObjectRef,
  verdicts: readonly { readonly ref: ObjectRef; readonly health: Pick<Health, 'status' | 'message'> }[],
  why: string,
): FleetkitError {
  const listed = verdicts.slice(0, 10).map(({ ref, health }) => `${formatRef(ref)} is ${health.status}: ${health.message}`)
  const more = verdicts.length > listed.length ? `; and ${verdicts.length - listed.length} more` : ''
  return new FleetkitError('sync/unhealthy', `${why}: ${listed.join('; ')}${more}`, { ref: owner })
}
