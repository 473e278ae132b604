import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ClusterApi, type Condition, type ObjectRef, refOf } from 'fleetkit'
import { definitionOf, type KindDefinition } from 'fleetkit/kinds'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { type ApiServer, type ApiServerOptions, sharedEtcd, startApiServer } from '../servers/index.ts'

/** An API server that a suite may disturb, and a line to it as `admin`. */
export interface OwnCluster extends AsyncDisposable {
  readonly server: ApiServer
  readonly cluster: ClusterApi
  /** Defines kinds of this library, and waits until they are served. */
  define(...kinds: readonly KindDefinition[]): Promise<void>
  /** Makes a namespace of a new name. */
  namespace(): Promise<string>
}

export async function startOwnCluster(options: Omit<ApiServerOptions, 'etcd'> = {}): Promise<OwnCluster> {
  const server = await startApiServer({ etcd: await sharedEtcd(), ...options })
  const cluster = await kubernetesCluster({ kubeconfig: server.kubeconfig })
  return {
    server,
    cluster,
    async define(...kinds) {
      for (const result of await cluster.apply(kinds.map(definitionOf), { fieldManager: 'test' })) if ('error' in result) throw result.error
      await Promise.all(kinds.map((kind) => established(cluster, refOf(definitionOf(kind)))))
    },
    async namespace() {
      const name = `e2e-${randomBytes(4).toString('hex')}`
      await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
      return name
    },
    async [Symbol.asyncDispose]() {
      await cluster[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

/** Waits until a definition is served. */
async function established(cluster: ClusterApi, definition: ObjectRef): Promise<void> {
  for (;;) {
    const { conditions } = ((await cluster.get(definition))?.status ?? {}) as { readonly conditions?: readonly Condition[] | null }
    if (conditions?.some(({ type, status }) => type === 'Established' && status === 'True')) return
    await sleep(50)
  }
}
