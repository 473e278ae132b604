import { hasCode } from '../model/errors/error.ts'
import type { KubeObject } from '../model/object.ts'
import { refOf } from '../model/reference.ts'
import { type Clock, systemClock } from '../ports/clock.ts'
import type { ClusterApi } from '../ports/cluster.ts'

/** Options of {@link playDeployments}. */
export interface PlayDeploymentsOptions {
  /** For `readyAfterMs`. The system clock when absent. */
  readonly clock?: Clock | undefined
  /** How long the replicas of a new generation take to be ready, in milliseconds. 200 when absent. */
  readonly readyAfterMs?: number | undefined
}

const type = { apiVersion: 'apps/v1', kind: 'Deployment' }

/**
 * Plays the controller of Deployments in a cluster that has none, as `memoryCluster`: a while after each change of a
 * Deployment all its replicas are ready, and its status says so. There are no ReplicaSets and no Pods. Dispose of it to stop;
 * an error of the cluster that ended it before is thrown then.
 *
 * @example
 * ```ts
 * import { memoryCluster } from 'fleetkit/memory'
 * import { playDeployments, VirtualClock } from 'fleetkit/testing'
 *
 * const clock = new VirtualClock()
 * await using cluster = memoryCluster({ clock })
 * await using _deployments = playDeployments(cluster, { clock, readyAfterMs: 30_000 })
 * // … apply a Deployment …
 * await clock.advance(30_000)
 * ```
 */
export function playDeployments(
  cluster: ClusterApi,
  { clock = systemClock, readyAfterMs = 200 }: PlayDeploymentsOptions = {},
): AsyncDisposable {
  const stop = new AbortController()
  const { signal } = stop
  const rolling = new Set<Promise<void>>()
  const see = (deployment: KubeObject): void => {
    const ready = clock.sleep(readyAfterMs, { signal }).then(() => makeReady(cluster, deployment, signal))
    const rollout = ready.catch(fail).finally(() => rolling.delete(rollout))
    rolling.add(rollout)
  }
  let failure: unknown
  const fail = (error: unknown): void => {
    if (!hasCode(error, 'aborted', 'closed')) failure ??= error
    stop.abort()
  }
  const watching = watchDeployments(cluster, see, signal).catch(fail)
  return {
    async [Symbol.asyncDispose]() {
      stop.abort()
      await Promise.all([watching, ...rolling])
      if (failure !== undefined) throw failure
    },
  }
}

/** Every Deployment there is, and each change of one. */
async function watchDeployments(cluster: ClusterApi, see: (deployment: KubeObject) => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const { items, resourceVersion } = await cluster.list(type, { signal })
    items.forEach(see)
    try {
      for await (const event of cluster.watch(type, { resourceVersion, signal }))
        if (event.type === 'ADDED' || event.type === 'MODIFIED') see(event.object)
    } catch (error) {
      if (!hasCode(error, 'store/relist')) throw error
    }
  }
}

/** Writes the status of a Deployment whose replicas are ready, unless it changed meanwhile: that has a turn of its own. */
async function makeReady(cluster: ClusterApi, seen: KubeObject, signal: AbortSignal): Promise<void> {
  const current = await cluster.get(refOf(seen), { signal })
  const { uid, generation } = seen.metadata
  if (current === undefined || current.metadata.uid !== uid || current.metadata.generation !== generation) return
  if ((current.status as { observedGeneration?: number } | undefined)?.observedGeneration === generation) return
  const { replicas = 1 } = current.spec as { readonly replicas?: number }
  const status = {
    observedGeneration: generation,
    replicas,
    updatedReplicas: replicas,
    readyReplicas: replicas,
    availableReplicas: replicas,
    conditions: [
      { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable', message: 'all replicas are available' },
      { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable', message: 'the new replicas are available' },
    ],
  }
  try {
    await cluster.update({ ...current, status }, { subresource: 'status', signal })
  } catch (error) {
    if (hasCode(error, 'store/conflict')) return makeReady(cluster, seen, signal)
    if (!hasCode(error, 'store/not-found')) throw error
  }
}
