import { formatTime } from '../../model/condition.ts'
import { FleetkitError, hasCode } from '../../model/errors/error.ts'
import { systemNamespace, systemRef } from '../../model/kinds/cluster/system-namespace.ts'
import type { ClusterIdentity } from '../../model/kinds/cluster/types.generated.ts'
import type { KubeObject } from '../../model/object.ts'
import { formatRef } from '../../model/reference.ts'
import { parseTime } from '../../model/time.ts'
import { type ClusterMark, judgeIdentity, type KnownIdentity } from '../../plan/cluster/judge-identity.ts'
import { type ClusterOutcome, contactEveryMs } from '../../plan/cluster/next-cluster-status.ts'
import { confirmIdentityAnnotation } from './confirm-identity.ts'
import { type FactsContext, factsOf } from './facts.ts'
import { leaseType, markIn, markRef, withMark } from './mark.ts'
import { reasonOf } from './reason-of.ts'

/** Who looks at a cluster, and when. */
export interface LookContext extends KnownIdentity, FactsContext {
  readonly management: string
}

/**
 * Looks at a cluster: whether it answers, which one it is, what runs there. Five requests when nothing is new, one of them for
 * the types where an engine is not served; the mark of the Cluster in it is written again each five minutes, so that a restore
 * from a backup shows.
 */
export async function lookAt(context: LookContext): Promise<ClusterOutcome> {
  const { cluster, remembered, signal } = context
  try {
    const system = await cluster.get(systemRef, { signal })
    const uid = system?.metadata.uid
    if (uid === undefined) return notReady('IdentityUnknown', `it has no ${formatRef(systemRef)}, which tells which cluster it is`)
    const found = await cluster.get(markRef(context.management), { signal })
    const mark = found && markIn(found)
    const verdict = judgeIdentity(context, { uid, mark })
    if (verdict === 'another')
      return notReady(
        'AnotherCluster',
        `it is another cluster, ${uid}, than the one that it was, ${remembered?.uid}: annotate the Cluster with ${confirmIdentityAnnotation}=${uid} if it is to take its place`,
      )
    if (verdict === 'claimed')
      return notReady(
        'ClaimedByAnother',
        `the Cluster with the uid ${mark?.owner} has marked it: it is registered twice, or a copy of that cluster; annotate this one with ${confirmIdentityAnnotation}=${uid} if it is to have it`,
      )
    if (verdict === 'restored' && (await showsFuture(context, mark)))
      return notReady('ListsOutOfDate', 'it was restored from a backup, and its API server lists what was before: restart the API server')
    const identity = await keepMark(context, { uid, verdict, found, mark })
    return { ready: true, identity, ...(await factsOf(context)) }
  } catch (error) {
    if (hasCode(error, 'aborted', 'closed', 'store/lease-lost') || !(error instanceof FleetkitError)) throw error
    const unreachable = error.code === 'cluster/unreachable' || error.code === 'timeout'
    return {
      ready: false,
      reason: reasonOf(error),
      message: error.message,
      answered: !unreachable && error.code !== 'cluster/config' && error.code !== 'cluster/not-registered',
    }
  }
}

function notReady(reason: string, message: string): ClusterOutcome {
  return { ready: false, reason, message, answered: true }
}

/**
 * Whether lists show more than there is: an API server that ran on while its etcd was restored answers them from memory. A GET of one object tells the
 * truth.
 */
async function showsFuture(context: LookContext, mark: ClusterMark | undefined): Promise<boolean> {
  const { name } = markRef(context.management)
  const { items } = await context.cluster.list(leaseType, { namespace: systemNamespace, signal: context.signal })
  const listed = items.find(({ metadata }) => metadata.name === name)
  const shown = listed && markIn(listed)
  return shown !== undefined && shown.counter > (mark?.counter ?? -1)
}

interface Judged {
  readonly uid: string
  readonly verdict: string
  readonly found: KubeObject | undefined
  readonly mark: ClusterMark | undefined
}

/**
 * The identity to remember, with a mark in the cluster that is new or higher where it is time for that. Who may not write it does without. After a restore
 * the mark is raised by the next look, since a higher one hides the restore: it has to be remembered first.
 */
async function keepMark(context: LookContext, { uid, verdict, found, mark }: Judged): Promise<ClusterIdentity> {
  const { cluster, owner, remembered, now, signal } = context
  const known: ClusterIdentity = verdict === 'new' || remembered === undefined ? { uid } : remembered
  if (verdict === 'restored' && known.raisedAt !== undefined) {
    const { raisedAt: _, ...rest } = known
    return { ...rest, restoredAt: formatTime(now) }
  }
  const raised = known.raisedAt === undefined ? undefined : parseTime(known.raisedAt)
  const isDue = mark === undefined || verdict !== 'same' || raised === undefined || now - raised >= contactEveryMs || raised > now
  if (!isDue) return { ...known, counter: Math.max(mark.counter, known.counter ?? 0) }
  const counter = Math.max(mark?.counter ?? 0, known.counter ?? 0) + 1
  const { apiVersion, kind, namespace, name } = markRef(context.management)
  const none: KubeObject = { apiVersion, kind, metadata: { namespace, name }, spec: {} }
  const marked = withMark(found ?? none, { owner, counter })
  try {
    await (found === undefined ? cluster.create(marked, { signal }) : cluster.update(marked, { signal }))
  } catch (error) {
    if (hasCode(error, 'cluster/forbidden')) return known
    throw error
  }
  return { ...known, counter, raisedAt: formatTime(now) }
}
