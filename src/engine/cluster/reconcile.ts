import { withinTime } from '../../async/time/within-time.ts'
import { getCondition } from '../../model/condition.ts'
import { parseDuration } from '../../model/duration.ts'
import { FleetkitError } from '../../model/errors/error.ts'
import { orInvalid } from '../../model/errors/or-invalid.ts'
import { jsonEqual } from '../../model/json/json-equal.ts'
import { jsonCopy } from '../../model/json/parse-json.ts'
import { Cluster } from '../../model/kinds/cluster/cluster.ts'
import { isInbound } from '../../model/kinds/cluster/is-inbound.ts'
import { clusterStatusOf } from '../../model/kinds/cluster/status.ts'
import type { ClusterStatus } from '../../model/kinds/cluster/types.generated.ts'
import type { JsonObject, KubeObject } from '../../model/object.ts'
import { type ClusterOutcome, nextClusterStatus } from '../../plan/cluster/next-cluster-status.ts'
import type { ReconcileContext } from '../runtime/context.ts'
import type { ReconcileRequest } from '../runtime/controller.ts'
import type { WorkResult } from '../runtime/queue/work.ts'
import { confirmIdentityAnnotation } from './confirm-identity.ts'
import type { InboundClusters } from './inbound.ts'
import { lookAt } from './look.ts'

/** How long a cluster may take to answer all that it is asked. */
const lookAtMostMs = 30_000
/** How long the store may take: one that never answers must not end all looks at a cluster. */
const saveAtMostMs = 30_000
/** How soon one is looked at again that was not ready, unless its interval is shorter. */
const retryMs = 30_000

/** Looks at a cluster and says in the status of its Cluster what came of it. */
export async function reconcileCluster(
  { ref, object }: ReconcileRequest,
  context: ReconcileContext,
  inbound: InboundClusters,
): Promise<WorkResult | undefined> {
  if (object === undefined) inbound.forget(ref)
  if (object === undefined || object.metadata.deletionTimestamp !== undefined) return undefined
  const cluster = orInvalid(() => Cluster.from(object))
  if (cluster instanceof FleetkitError) {
    await save(object, { ready: false, reason: 'Invalid', message: cluster.message, answered: false }, context)
    return undefined
  }
  if (cluster.spec.suspend) {
    await save(object, { ready: false, reason: 'Suspended', message: 'it is suspended (spec.suspend)', answered: false }, context)
    return undefined
  }
  const intervalMs = parseDuration(cluster.spec.interval) as number
  if (isInbound(object)) {
    await saveStatus(object, await inbound.statusOf(cluster, object, context), context)
    return { requeueAfterMs: intervalMs }
  }
  const outcome = await context.idle(() => look(cluster, object, context))
  await save(object, outcome, context)
  // The mark is raised now that the restore is remembered.
  if (outcome.ready && outcome.identity.restoredAt !== clusterStatusOf(object).identity?.restoredAt) return { requeueAfterMs: 0 }
  return { requeueAfterMs: outcome.ready ? intervalMs : Math.min(intervalMs, retryMs) }
}

async function look({ ref }: Cluster, object: KubeObject, context: ReconcileContext): Promise<ClusterOutcome> {
  const management = await context.management()
  const { annotations = {}, uid = '' } = object.metadata
  const known = { owner: uid, remembered: clusterStatusOf(object).identity, confirmed: annotations[confirmIdentityAnnotation] }
  return withinTime(lookAtMostMs, 'it did not answer in time', context, (signal) =>
    lookAt({ ...known, cluster: context.clusterOf(ref), management, now: context.clock.now(), signal }),
  )
}

async function save(object: KubeObject, outcome: ClusterOutcome, context: ReconcileContext): Promise<void> {
  await saveStatus(
    object,
    nextClusterStatus(clusterStatusOf(object), object.metadata.generation ?? 0, outcome, context.clock.now()),
    context,
  )
}

async function saveStatus(object: KubeObject, status: ClusterStatus, context: ReconcileContext): Promise<void> {
  const { store, logger } = context
  const next = jsonCopy(status)
  if (jsonEqual(next, clusterStatusOf(object))) return
  const ready = getCondition(next.conditions, 'Ready')
  if (ready?.status === 'False') logger.info('the cluster is not ready', { reason: ready.reason, message: ready.message })
  const changed = { ...object, status: next as unknown as JsonObject }
  await withinTime(saveAtMostMs, 'the store did not answer in time', context, (signal) =>
    store.update(changed, { subresource: 'status', signal }),
  )
}
