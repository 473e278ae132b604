import { monotonic } from '../../async/time/monotonic.ts'
import { parseDuration } from '../../model/duration.ts'
import type { Cluster } from '../../model/kinds/cluster/cluster.ts'
import { clusterStatusOf } from '../../model/kinds/cluster/status.ts'
import type { ClusterStatus } from '../../model/kinds/cluster/types.generated.ts'
import type { KubeObject } from '../../model/object.ts'
import { type ObjectRef, refKey } from '../../model/reference.ts'
import { parseTime } from '../../model/time.ts'
import { nextClusterStatus } from '../../plan/cluster/next-cluster-status.ts'
import type { ReconcileContext } from '../runtime/context.ts'

/** How long nothing may come from a cluster: three of its intervals, and at least this. */
const silentAfterMs = 180_000

/** When this management saw something new from a cluster, by its own clock: that of the cluster may be wrong. */
interface Heard {
  readonly contact: string
  /** Milliseconds on the monotonic clock. */
  readonly at: number
}

/**
 * Clusters that connect to the management and say themselves in the status of their Cluster how they are. What is left to say here: which management this is, and that
 * nothing comes from one any more.
 */
export class InboundClusters {
  readonly #heard = new Map<string, Heard>()

  forget(ref: ObjectRef): void {
    this.#heard.delete(refKey(ref))
  }

  /** The status of a Cluster as it should be now. */
  async statusOf({ ref, spec }: Cluster, object: KubeObject, context: ReconcileContext): Promise<ClusterStatus> {
    const { clock } = context
    const known = { ...clusterStatusOf(object), management: await context.management() }
    const atMostMs = Math.max(silentAfterMs, 3 * (parseDuration(spec.interval) as number))
    const silent = (message: string): ClusterStatus =>
      nextClusterStatus(
        known,
        object.metadata.generation ?? 0,
        { ready: false, reason: 'ClusterUnreachable', message, answered: false },
        clock.now(),
      )
    const silentMs = this.#silentMs(ref, known, context)
    if (known.lastContactAt === undefined) return silent('it has not connected to this management yet')
    return silentMs > atMostMs ? silent('it connects to this management, and nothing comes from it') : known
  }

  /** How long nothing new has come from a cluster. */
  #silentMs(ref: ObjectRef, { lastContactAt, identity }: ClusterStatus, { clock }: ReconcileContext): number {
    const now = monotonic(clock)
    const contact = `${lastContactAt}/${identity?.counter}`
    const heard = this.#heard.get(refKey(ref))
    if (heard?.contact === contact) return now - heard.at
    // What a manager finds when it starts may be old.
    const oldMs = heard === undefined ? Math.max(0, clock.now() - (parseTime(lastContactAt ?? '') ?? 0)) : 0
    this.#heard.set(refKey(ref), { contact, at: now - oldMs })
    return oldMs
  }
}
