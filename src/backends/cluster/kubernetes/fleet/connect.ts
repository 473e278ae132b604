import { Buffer } from 'node:buffer'
import { hash } from 'node:crypto'
import { FleetkitError } from '../../../../model/errors/error.ts'
import { Cluster } from '../../../../model/kinds/cluster/cluster.ts'
import type { KubeConfigReference } from '../../../../model/kinds/cluster/types.generated.ts'
import type { KubeObject } from '../../../../model/object.ts'
import { formatRef, type ObjectRef } from '../../../../model/reference.ts'
import type { ClusterApi } from '../../../../ports/cluster.ts'
import type { Connect } from '../../../../ports/connect.ts'
import { kubernetesCluster } from '../open.ts'
import type { KubernetesOptions } from '../options.ts'

/**
 * How the clusters of a fleet are reached: what {@link KubernetesOptions} say of one. A cluster of many gets less time and room by default: 32 requests at a
 * time and 256 waiting, 5 seconds to connect, 15 for an answer and 30 for a call in all, and 64 MiB for a response.
 */
export type FleetConnectionOptions = Omit<KubernetesOptions, 'context' | 'kubeconfig' | 'kubeconfigPath' | 'inCluster' | 'clock' | 'logger'>

const ofMany: FleetConnectionOptions = {
  maxConcurrent: 32,
  maxWaiting: 256,
  connectTimeoutMs: 5000,
  requestTimeoutMs: 15_000,
  deadlineMs: 30_000,
  maxResponseBytes: 64 * 2 ** 20,
}

/** The digest of the kubeconfig that each connection was opened by. */
const opened = new WeakMap<ClusterApi, string>()

/**
 * Connects to each `Cluster` by the kubeconfig in the Secret that it names, for controllers. A kubeconfig that has changed is noticed within seconds of the
 * next use, and no restart is needed. Entries of it that run a program or read a file of this machine are refused, unless `allowExec` says otherwise.
 *
 * It rejects with `cluster/config` when the Secret, or what it holds, cannot be used.
 *
 * @example
 * ```ts
 * import { fleetControllers, Manager } from 'fleetkit'
 * import { gitRepositories } from 'fleetkit/git'
 * import { kubeconfigSecrets, kubernetesStore } from 'fleetkit/kubernetes'
 *
 * await using store = await kubernetesStore({ inCluster: true })
 * await using manager = new Manager({ store, git: gitRepositories(), connect: kubeconfigSecrets() })
 * manager.add(...fleetControllers())
 * ```
 */
export function kubeconfigSecrets(options: FleetConnectionOptions = {}): Connect {
  return async ({ ref, object }, { store, current, clock, logger, signal }) => {
    const reference = referenceIn(ref, object)
    const { name } = reference.secretRef
    const secret: ObjectRef = { apiVersion: 'v1', kind: 'Secret', namespace: ref.namespace, name }
    const kubeconfig = kubeconfigIn(reference, secret, await store.get(secret, { signal }))
    const digest = hash('sha256', kubeconfig)
    if (current !== undefined && opened.get(current) === digest) return current
    const cluster = await kubernetesCluster({ ...ofMany, ...options, kubeconfig, clock, logger })
    opened.set(cluster, digest)
    return cluster
  }
}

/**
 * Connects to the cluster of each context of a kubeconfig, for scripts: the name of a Cluster is that of a context, and no `Cluster` object is needed.
 *
 * @param options - the kubeconfig, which is that of kubectl when none is named, and how to reach its clusters
 *
 * @example
 * ```ts
 * import { RemoteSync, SyncRunner } from 'fleetkit'
 * import { gitRepositories } from 'fleetkit/git'
 * import { kubeconfigContexts } from 'fleetkit/kubernetes'
 * import { sqliteStore } from 'fleetkit/sqlite'
 *
 * await using store = sqliteStore('fleet.db')
 * await using runner = new SyncRunner({ store, connect: kubeconfigContexts(), git: gitRepositories() })
 * const status = await runner.run(RemoteSync.parse('…'))
 * console.log(status.lastAppliedRevision)
 * ```
 */
export function kubeconfigContexts(options: Omit<KubernetesOptions, 'context' | 'clock' | 'logger'> = {}): Connect {
  return async ({ ref }, { current, clock, logger }) =>
    current ?? (await kubernetesCluster({ ...ofMany, ...options, context: ref.name, clock, logger }))
}

function referenceIn(ref: ObjectRef, object: KubeObject | undefined): KubeConfigReference {
  if (object === undefined) throw new FleetkitError('cluster/not-registered', 'there is no such Cluster', { ref })
  const { kubeConfig } = Cluster.from(object).spec.access
  if (kubeConfig === undefined)
    throw new FleetkitError('cluster/config', 'spec.access: found inbound, accepted kubeConfig: this cluster connects to the management', {
      ref,
    })
  return kubeConfig
}

function kubeconfigIn({ secretRef }: KubeConfigReference, ref: ObjectRef, secret: KubeObject | undefined): string {
  const fail = (found: string, accepted: string): FleetkitError =>
    new FleetkitError('cluster/config', `spec.access.kubeConfig.secretRef: found ${found}, accepted ${accepted}`, { ref, retryable: true })
  if (secret === undefined) throw fail('nothing', `a ${formatRef(ref)} with a kubeconfig`)
  const data = (secret.data ?? {}) as Readonly<Record<string, unknown>>
  const keys = secretRef.key === undefined ? ['value', 'value.yaml'] : [secretRef.key]
  const key = keys.find((each) => Object.hasOwn(data, each))
  const value = key === undefined ? undefined : data[key]
  if (typeof value !== 'string') throw fail(`the keys ${Object.keys(data).sort().join(', ') || 'none'}`, keys.join(' or '))
  return Buffer.from(value, 'base64').toString('utf8')
}
