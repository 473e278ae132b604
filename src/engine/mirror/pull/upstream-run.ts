import { getCondition } from '../../../model/condition.ts'
import { systemRef } from '../../../model/kinds/cluster/system-namespace.ts'
import { fleetkitApiVersion } from '../../../model/kinds/group.ts'
import { readinessOf } from '../../../model/kinds/readiness.ts'
import { mirrorStatusOf } from '../../../model/mirror/status.ts'
import { type ObjectRef, typeKey } from '../../../model/reference.ts'
import type { ClusterApi } from '../../../ports/cluster.ts'
import { confirmIdentityAnnotation } from '../../cluster/confirm-identity.ts'
import { Informer } from '../../runtime/cache/informer.ts'
import { Informers } from '../../runtime/cache/informers.ts'
import type { Change } from '../../runtime/cache/object-cache.ts'
import { relistAfterMs } from '../../runtime/cache/relist-after.ts'
import type { CacheReader, ReconcileContext } from '../../runtime/context.ts'
import { generationChanged } from '../../runtime/controller.ts'
import { ControllerRun } from '../../runtime/controller-run.ts'
import { mirrorController } from '../controller.ts'
import type { MirrorKindName } from '../copy-types.ts'
import type { MirrorReconciler } from '../reconciler.ts'
import { RevisionWaits } from '../revision-waits.ts'
import { agentEnd } from './agent-end.ts'

/** How many objects of a kind are worked on at the same time. */
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
  /** The cluster in which the copies are kept. */
  readonly local: ClusterApi
  readonly management: string
  readonly namespace: string
  /** The name of the Cluster there that is this one. */
  readonly cluster: string
  /** The kinds that keep copies of those that the management has. */
  readonly kinds: readonly MirrorKindName[]
  /** Whether the ModuleRevisions there can be read. */
  readonly readsRevisions: boolean
  /** Called when the management has changed that Cluster, or waits for a report. */
  readonly onCluster: () => void
}

/** The controllers of what keeps copies, run over a namespace of the management from the cluster that they are for. */
export class UpstreamRun implements AsyncDisposable {
  readonly #informers: Informers
  readonly #runs: readonly ControllerRun[]
  #synced = false

  constructor(options: UpstreamRunOptions, { clock, logger, events, random }: ReconcileContext) {
    const { upstream, local, management, namespace, cluster, kinds, readsRevisions, onCluster } = options
    const common = { clock, logger, events, random }
    this.#informers = new Informers(
      (type) => new Informer({ store: upstream, type, relistAfterMs, namespaces: [namespace], managedFields: false, ...common }),
    )
    const { cache } = this.#informers
    const types = [...kinds, 'Cluster'].map((kind) => ({ apiVersion: fleetkitApiVersion, kind }))
    for (const type of types) this.#informers.of(type)
    const seen = new Set(types.map(typeKey))
    const identityOf = async (_: ObjectRef, signal: AbortSignal) => (await local.get(systemRef, { signal }))?.metadata.uid
    const context = { ...common, cache, store: upstream, clusterOf: () => local, identityOf, management: async () => management }
    const waits = new RevisionWaits()
    const load = async (): Promise<MirrorReconciler> => new (await import('../reconciler.ts')).MirrorReconciler(agentEnd(cluster), waits)
    const watchesOf = (kind: MirrorKindName) => (kind === 'RemoteAssemblage' && readsRevisions ? [waits.source] : [])
    this.#runs = kinds.map(
      (kind) =>
        new ControllerRun({
          controller: mirrorController({ kind, concurrency, backoff, predicate: isDoubted, watches: watchesOf(kind), load }),
          informerOf: (type) => this.#informers.of(type),
          sees: (type) => seen.has(typeKey(type)),
          context,
          fence: {},
          resyncMs,
        }),
    )
    this.#informers.of({ apiVersion: fleetkitApiVersion, kind: 'Cluster' }).subscribe((change) => {
      if (asksForReport(change)) onCluster()
    })
    this.#informers.start()
    // It rejects when it is stopped before.
    Promise.all(this.#runs.map((run) => run.start())).then(
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
    await Promise.all(this.#runs.map((run) => run.drain(graceMs)))
    await this.#informers[Symbol.asyncDispose]()
  }
}

/** What the management says of an object while nothing comes from this cluster. */
const doubts: ReadonlySet<string> = new Set([
  'ClusterNotRegistered',
  'ClusterNotReady',
  'ClusterSuspended',
  'ClusterUnreachable',
  'Invalid',
])

/** Whether the management has said so: that is set right. What is written from here is no reason to look again. */
function isDoubted({ object, previous }: Change): boolean {
  const [now, before] = [object, previous].map((each) => each && getCondition(mirrorStatusOf(each).conditions, 'Ready'))
  return now?.status === 'Unknown' && now.reason !== before?.reason && doubts.has(now.reason)
}

/** Whether a Cluster has a new specification, or is no longer ready. */
function asksForReport(change: Change): boolean {
  const { object, previous } = change
  if (previous === undefined) return false
  const [now, before] = [object, previous].map(({ metadata }) => metadata.annotations?.[confirmIdentityAnnotation])
  return generationChanged(change) || now !== before || (readinessOf(previous).ready && !readinessOf(object).ready)
}
