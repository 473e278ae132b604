import type { ClusterApi } from 'fleetkit'
import { definitionOf } from 'fleetkit/kinds'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { type AuditLog, auditLog } from '../test/servers/audit-log.ts'
import { startApiServer, waitEstablished } from '../test/servers/control-plane.ts'

/** An API server that counts. */
export interface Counted extends AsyncDisposable {
  readonly kubeconfig: string
  readonly cluster: ClusterApi
  readonly log: AuditLog
}

export async function startCounted(
  etcd: { readonly url: string },
  ...kinds: readonly Parameters<typeof definitionOf>[0][]
): Promise<Counted> {
  const stack = new AsyncDisposableStack()
  const log = stack.use(await auditLog())
  const { kubeconfig, kubeconfigPath } = stack.use(await startApiServer({ etcd, args: log.args }))
  const cluster = stack.use(await kubernetesCluster({ kubeconfig, userAgent: 'bench' }))
  await cluster.apply(kinds.map(definitionOf), { fieldManager: 'bench' })
  await waitEstablished(kubeconfigPath, ...kinds.map(({ plural }) => `crd/${plural}.fleetkit.dev`))
  return { kubeconfig, cluster, log, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
