import { getCondition } from '../../../model/condition.ts'
import { fleetkitApiVersion } from '../../../model/kinds/group.ts'
import { proxySyncStatusOf } from '../../../model/kinds/proxy-sync/status.ts'
import { readinessOf } from '../../../model/kinds/readiness.ts'
import { typeKey } from '../../../model/reference.ts'
import type { ClusterApi } from '../../../ports/cluster.ts'
import { confirmIdentityAnnotation } from '../../cluster/confirm-identity.ts'
import { Informer } from '../../runtime/cache/informer.ts'
import { Informers } from '../../runtime/cache/informers.ts'
import type { Change } from '../../runtime/cache/object-cache.ts'
import type { CacheReader, ReconcileContext } from '../../runtime/context.ts'
import { generationChanged } from '../../runtime/controller.ts'
import { ControllerRun } from '../../runtime/controller-run.ts'
import { mirrorController } from '../controller.ts'
import { agentEnd } from './agent-end.ts'

/** How many ProxySyncs are worked on at the same time. */
const concurrency = 16
/** What fails while the management is away is tried again soon after it is back. */
const backoff = { baseMs: 1000, maxMs: 30_000 }
/** How long what is being done may take when it is stopped. */
const graceMs = 10_000
const resyncMs = 36_000_000

/** What is pulled, and from where. */
export interface UpstreamRunOptions {
  /** The line to the management. */
  readonly upstream: ClusterApi
  /** The cluster in which the Syncs are kept. */
  readonly local: ClusterApi
  readonly management: string
  readonly namespace: string
  /** The name of the Cluster there that is this one. */
  readonly cluster: string
  /** Called when the management has changed that Cluster, or waits for a report. */
  readonly onCluster: () => void
}

/** The controller of ProxySyncs, run over a namespace of the management from the cluster that they are for. */
export class UpstreamRun implements AsyncDisposable {
  readonly #informers: Informers
  readonly #run: ControllerRun
  #synced = false

  constructor(options: UpstreamRunOptions, { clock, logger, events, random }: ReconcileContext) {
    const { upstream, local, management, namespace, cluster, onCluster } = options
    const common = { clock, logger, events, random }
    this.#informers = new Informers(
      (type) => new Informer({ store: upstream, type, namespaces: [namespace], managedFields: false, ...common }),
    )
    const { cache } = this.#informers
    const controller = mirrorController({
      concurrency,
      backoff,
      predicate: isDoubted,
      load: async () => new (await import('../reconciler.ts')).ProxySyncReconciler(agentEnd(cluster)),
    })
    const types = ['ProxySync', 'Cluster'].map((kind) => ({ apiVersion: fleetkitApiVersion, kind }))
    for (const type of types) this.#informers.of(type)
    const seen = new Set(types.map(typeKey))
    this.#run = new ControllerRun({
      controller,
      informerOf: (type) => this.#informers.of(type),
      sees: (type) => seen.has(typeKey(type)),
      context: { ...common, cache, store: upstream, clusterOf: () => local, management: async () => management },
      fence: {},
      resyncMs,
    })
    this.#informers.of({ apiVersion: fleetkitApiVersion, kind: 'Cluster' }).subscribe((change) => {
      if (asksForReport(change)) onCluster()
    })
    this.#informers.start()
    // It rejects when it is stopped before.
    this.#run.start().then(
      () => {
        this.#synced = true
      },
      () => {},
    )
  }

  /** What is known of the namespace; `undefined` before it is complete. */
  get cache(): CacheReader | undefined {
    return this.#synced ? this.#informers.cache : undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#run.drain(graceMs)
    await this.#informers[Symbol.asyncDispose]()
  }
}

/** What the management says of a ProxySync while nothing comes from this cluster. */
const doubts: ReadonlySet<string> = new Set([
  'ClusterNotRegistered',
  'ClusterNotReady',
  'ClusterSuspended',
  'ClusterUnreachable',
  'Invalid',
])

/** Whether the management has said so: that is set right. What is written from here is no reason to look again. */
function isDoubted({ object, previous }: Change): boolean {
  const [now, before] = [object, previous].map((each) => each && getCondition(proxySyncStatusOf(each).conditions, 'Ready'))
  return now?.status === 'Unknown' && now.reason !== before?.reason && doubts.has(now.reason)
}

/** Whether a Cluster has a new specification, or is no longer ready. */
function asksForReport(change: Change): boolean {
  const { object, previous } = change
  if (previous === undefined) return false
  const [now, before] = [object, previous].map(({ metadata }) => metadata.annotations?.[confirmIdentityAnnotation])
  return generationChanged(change) || now !== before || (readinessOf(previous).ready && !readinessOf(object).ready)
}
