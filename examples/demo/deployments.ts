import { type ClusterApi, type KubeObject, systemClock } from 'fleetkit'

/**
 * Plays the controller of Deployments in a cluster that has none: after a moment every replica is ready. A real cluster
 * has its own.
 */
export function playDeployments(cluster: ClusterApi): AsyncDisposable {
  const over = new AbortController()
  const playing = play(cluster, over.signal)
  return {
    async [Symbol.asyncDispose]() {
      over.abort()
      await playing
    },
  }
}

async function play(cluster: ClusterApi, signal: AbortSignal): Promise<void> {
  const type = { apiVersion: 'apps/v1', kind: 'Deployment' }
  const { resourceVersion } = await cluster.list(type)
  for await (const event of cluster.watch(type, { resourceVersion, signal })) {
    if (event.type === 'ADDED' || event.type === 'MODIFIED') await makeReady(cluster, event.object)
  }
}

async function makeReady(cluster: ClusterApi, { apiVersion, kind, metadata }: KubeObject): Promise<void> {
  await systemClock.sleep(200)
  const current = await cluster.get({ apiVersion, kind, namespace: metadata.namespace, name: metadata.name })
  if (
    current === undefined ||
    (current.status as { observedGeneration?: number } | undefined)?.observedGeneration === current.metadata.generation
  )
    return
  const { replicas = 1 } = current.spec as { replicas?: number }
  const status = {
    observedGeneration: current.metadata.generation,
    replicas,
    updatedReplicas: replicas,
    readyReplicas: replicas,
    availableReplicas: replicas,
    conditions: [{ type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable', message: 'all replicas are available' }],
  }
  await cluster.update({ ...current, status }, { subresource: 'status' })
}
