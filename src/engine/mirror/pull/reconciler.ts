import { monotonic } from '../../../async/time/monotonic.ts'
import { withinTime } from '../../../async/time/within-time.ts'
import { formatTime } from '../../../model/condition.ts'
import { parseDuration } from '../../../model/duration.ts'
import { FleetkitError, hasCode } from '../../../model/errors/error.ts'
import { invalid } from '../../../model/errors/invalid.ts'
import { orInvalid } from '../../../model/errors/or-invalid.ts'
import { Cluster } from '../../../model/kinds/cluster/cluster.ts'
import { clusterStatusOf } from '../../../model/kinds/cluster/status.ts'
import { systemRef } from '../../../model/kinds/cluster/system-namespace.ts'
import { fleetkitApiVersion } from '../../../model/kinds/group.ts'
import { moduleRevisionType } from '../../../model/kinds/module-revision/type.ts'
import { PullSync } from '../../../model/kinds/pull-sync/pull-sync.ts'
import { pullSyncStatusOf } from '../../../model/kinds/pull-sync/status.ts'
import type { KnownUpstream } from '../../../model/kinds/pull-sync/types.generated.ts'
import { confirmRestoreAnnotation } from '../../../model/mirror/annotations.ts'
import type { KubeObject } from '../../../model/object.ts'
import { formatRef, type ObjectRef, refKey, refOf, type TypeRef } from '../../../model/reference.ts'
import { judgeIdentity } from '../../../plan/cluster/judge-identity.ts'
import { judgeUpstream } from '../../../plan/mirror/judge-upstream.ts'
import { nextPullStatus, type PullOutcome } from '../../../plan/mirror/next-pull-status.ts'
import type { ClusterApi } from '../../../ports/cluster.ts'
import { confirmIdentityAnnotation } from '../../cluster/confirm-identity.ts'
import { factsOf } from '../../cluster/facts.ts'
import { reasonOf } from '../../cluster/reason-of.ts'
import type { ReconcileContext } from '../../runtime/context.ts'
import type { ReconcileRequest } from '../../runtime/controller.ts'
import type { WorkResult } from '../../runtime/queue/work.ts'
import { terminal } from '../../runtime/terminal.ts'
import { type MirrorKindName, mirrorKinds } from '../copy-types.ts'
import { clusterType, type FoundUpstream, findUpstream } from './find-upstream.ts'
import { goneCopies, removeGone } from './remove-gone.ts'
import { report } from './report.ts'
import { Reporter } from './reporter.ts'
import { savePullStatus } from './save-status.ts'
import { UpstreamRun } from './upstream-run.ts'

/** How long the management may take to answer all that it is asked. */
const lookAtMostMs = 60_000
/** How soon it is asked again when that failed, unless the interval of the Cluster is shorter. */
const retryMs = 30_000

/** What a look at the management works with. */
interface Pull {
  readonly pull: PullSync
  readonly object: KubeObject
  readonly reporter: Reporter
  readonly upstream: ClusterApi
  /** This cluster. */
  readonly local: ClusterApi
}

/** The work of the controller of PullSyncs, and what it remembers. */
export class PullSyncReconciler {
  /** As whom it reports, by the name of the PullSync. */
  readonly #reporters = new Map<string, Reporter>()

  async reconcile({ ref, object }: ReconcileRequest, context: ReconcileContext): Promise<WorkResult | undefined> {
    if (object === undefined) this.#reporters.delete(refKey(ref))
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) return stop(context)
    const reporter = this.#reporters.get(refKey(ref)) ?? new Reporter()
    this.#reporters.set(refKey(ref), reporter)
    return pullFor(object, reporter, context)
  }
}

/** Looks at the management of a PullSync, reports to it, and sees to it that the copies of its objects are kept here. */
async function pullFor(object: KubeObject, reporter: Reporter, context: ReconcileContext): Promise<WorkResult | undefined> {
  const pull = orInvalid(() => PullSync.from(object))
  if (pull instanceof FleetkitError) {
    await save(object, { ready: 'False', reason: 'Invalid', message: pull.message, stalled: true }, context)
    return stop(context)
  }
  if (pull.spec.suspend) {
    await save(object, { ready: 'False', reason: 'Suspended', message: 'it is suspended (spec.suspend)' }, context)
    return stop(context)
  }
  const { cluster: local } = context
  if (local === undefined)
    throw terminal(invalid(undefined, [{ path: 'cluster', found: 'nothing', accepted: 'the cluster in which the manager runs' }]))
  const management: ObjectRef = { ...clusterType, namespace: pull.metadata.namespace, name: pull.spec.upstream.cluster.name }
  const { intervalMs, ...outcome } = await look({ pull, object, reporter, upstream: context.clusterOf(management), local }, context)
  await save(object, outcome, context)
  return { requeueAfterMs: outcome.ready === 'True' ? intervalMs : Math.min(intervalMs, retryMs) }
}

async function stop({ keepOpen }: ReconcileContext): Promise<undefined> {
  await keepOpen(undefined)
}

async function save(object: KubeObject, outcome: PullOutcome, context: ReconcileContext): Promise<void> {
  const { generation = 0 } = object.metadata
  await savePullStatus(object, (status) => nextPullStatus(status, generation, outcome, context.clock.now()), context)
}

type LookOutcome = PullOutcome & { readonly intervalMs: number }

/** What comes of a look. Where the management cannot be asked, what is kept of it stays and goes on. */
async function look(pull: Pull, context: ReconcileContext): Promise<LookOutcome> {
  const {
    upstream,
    pull: { spec },
  } = pull
  try {
    return await context.idle(() =>
      withinTime(lookAtMostMs, 'it did not answer in time', context, async (signal) => {
        const found = await findUpstream(upstream, spec.upstream.namespace, signal)
        const within = { ...context, signal }
        if ('cluster' in found) return { ...(await meet(pull, found, within)), intervalMs: intervalOf(found.cluster) }
        if (found.ready === 'False') await stop(context)
        return { ...found, intervalMs: retryMs }
      }),
    )
  } catch (error) {
    if (hasCode(error, 'aborted', 'closed', 'store/lease-lost') || !(error instanceof FleetkitError)) throw error
    return { ready: 'Unknown', reason: reasonOf(error), message: error.message, intervalMs: retryMs }
  }
}

function intervalOf(object: KubeObject): number {
  const cluster = orInvalid(() => Cluster.from(object))
  return cluster instanceof FleetkitError ? retryMs : (parseDuration(cluster.spec.interval) as number)
}

/** The management has answered: whether it is the right one, and this the right cluster for it; then it gets its report, and its copies are kept. */
async function meet(pull: Pull, found: FoundUpstream, context: ReconcileContext): Promise<PullOutcome> {
  const { object, local, reporter } = pull
  const { store, clock, signal } = context
  const { management, cluster } = found
  const { uid = '', annotations } = cluster.metadata
  const current = (await store.get(refOf(object), { signal })) ?? object
  const { upstream: remembered } = pullSyncStatusOf(current)
  const { identity } = clusterStatusOf(cluster)
  const confirmed = current.metadata.annotations?.[confirmIdentityAnnotation]
  const verdict = judgeUpstream(remembered, confirmed, { management, uid, counter: identity?.counter ?? 0 })
  if (verdict === 'another')
    return refuse(
      context,
      'AnotherManagement',
      `it is another management, ${management}, than the one that it was, ${remembered?.management}: annotate the PullSync with ${confirmIdentityAnnotation}=${management} if this cluster is to follow it`,
    )
  const system = await local.get(systemRef, { signal })
  if (system?.metadata.uid === undefined)
    return refuse(context, 'IdentityUnknown', `this cluster has no ${formatRef(systemRef)}, which tells which cluster it is`)
  const here = { uid: system.metadata.uid, mark: remembered?.uid === uid ? { owner: uid, counter: remembered.counter } : undefined }
  const who = judgeIdentity({ owner: uid, remembered: identity, confirmed: annotations?.[confirmIdentityAnnotation] }, here)
  if (who === 'another')
    return refuse(
      context,
      'AnotherCluster',
      `the management knows ${cluster.metadata.name} as another cluster, ${identity?.uid}, than this one, ${here.uid}: annotate the Cluster there with ${confirmIdentityAnnotation}=${here.uid} if this one is to take its place`,
    )
  const signature = reporter.sign(identity ?? {}, monotonic(clock))
  if (signature === undefined)
    return refuse(
      context,
      'ClaimedByAnother',
      `another one reports for ${cluster.metadata.name}, and began later: another PullSync for it, or one of a copy of this cluster`,
    )
  const now = clock.now()
  const known = knownAs(found, remembered, verdict === 'restored', current, now)
  const restoredAt = who === 'restored' ? formatTime(now) : identity?.restoredAt
  const said = { uid: here.uid, counter: known.counter, reporter: signature, ...(restoredAt === undefined ? {} : { restoredAt }) }
  const steps = [
    () => savePullStatus(object, (status) => ({ ...status, upstream: known, lastContactAt: formatTime(now) }), context),
    async () => report(pull.upstream, cluster, { identity: said, facts: await factsOf({ cluster: local, now, signal }), now }, signal),
  ]
  // What raises a counter hides the restore that it tells of: that is written first.
  for (const step of who === 'restored' ? steps.reverse() : steps) await step()
  reporter.reported()
  return keep(pull, found, known, context)
}

/** What is remembered of the management from now on. */
function knownAs(
  { management, cluster }: FoundUpstream,
  remembered: KnownUpstream | undefined,
  isRestored: boolean,
  { metadata: { annotations } }: KubeObject,
  now: number,
): KnownUpstream {
  const before = remembered?.management === management ? remembered : undefined
  // A report that has not arrived is not counted twice.
  const counter = Math.max(before?.counter ?? 0, (clusterStatusOf(cluster).identity?.counter ?? 0) + 1)
  const restoredAt = before?.restoredAt ?? (isRestored ? formatTime(now) : undefined)
  const isOpen = restoredAt !== undefined && annotations?.[confirmRestoreAnnotation] !== restoredAt
  const { name, uid = '' } = cluster.metadata
  return { management, cluster: name, uid, counter, ...(isOpen ? { restoredAt } : {}) }
}

/** Its copies are kept here. What it no longer has goes, unless it may have had more before a restore. */
async function keep(
  { pull, upstream, local }: Pull,
  found: FoundUpstream,
  known: KnownUpstream,
  context: ReconcileContext,
): Promise<PullOutcome> {
  const { management } = found
  const { namespace, cluster } = pull.spec.upstream
  const kinds = await servedKinds(upstream, context.signal)
  const readsRevisions = kinds.includes('RemoteAssemblage') && (await canList(moduleRevisionType, upstream, namespace, context.signal))
  const options = { upstream, local, management, namespace, cluster: known.cluster, kinds, readsRevisions }
  // After a restore of the management everything is listed again.
  const state = JSON.stringify([management, namespace, known.cluster, cluster.name, kinds, readsRevisions, known.restoredAt])
  const run = await context.keepOpen(state, (reconcile) => new UpstreamRun({ ...options, onCluster: reconcile }, context))
  const gone = run.cache === undefined ? [] : await goneCopies(local, found, run.cache, context.signal)
  if (gone.length > 0 && known.restoredAt === undefined) await removeGone(gone, { upstream, local }, found, context)
  if (gone.length === 0 || known.restoredAt === undefined)
    return { ready: 'True', reason: 'Pulling', message: `it takes what it is to have from ${namespace} of the management ${management}` }
  const names = gone.map(({ copy }) => formatRef(refOf(copy))).sort()
  return {
    ready: 'False',
    reason: 'ManagementRestored',
    message: `the management was restored from a backup, and no longer has what ${names.join(', ')} ${names.length === 1 ? 'was' : 'were'} written from: annotate the PullSync with ${confirmRestoreAnnotation}=${known.restoredAt} if what it does not have is to go here too`,
  }
}

/** The kinds that keep copies of those that the management has. */
async function servedKinds(upstream: ClusterApi, signal: AbortSignal): Promise<readonly MirrorKindName[]> {
  const served = await Promise.all(mirrorKinds.map((kind) => upstream.discover({ apiVersion: fleetkitApiVersion, kind }, { signal })))
  return mirrorKinds.filter((_, index) => served[index] !== undefined)
}

/** Whether a management has objects of a type, and lets this cluster see them: not one of an older version, nor with the rights that were enough for that. */
async function canList(type: TypeRef, upstream: ClusterApi, namespace: string, signal: AbortSignal): Promise<boolean> {
  try {
    await upstream.list(type, { namespace, limit: 1, signal })
    return true
  } catch (error) {
    if (!hasCode(error, 'cluster/forbidden', 'cluster/unknown-kind')) throw error
    return false
  }
}

async function refuse(context: ReconcileContext, reason: string, message: string): Promise<PullOutcome> {
  await stop(context)
  return { ready: 'False', reason, message, stalled: true }
}
