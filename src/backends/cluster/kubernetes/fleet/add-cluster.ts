import { Buffer } from 'node:buffer'
import { throwIfAborted } from '../../../../model/errors/abort.ts'
import { FleetkitError, hasCode } from '../../../../model/errors/error.ts'
import { formatProblem } from '../../../../model/errors/problem.ts'
import { jsonEqual } from '../../../../model/json/json-equal.ts'
import { Cluster } from '../../../../model/kinds/cluster/cluster.ts'
import { clusterStatusOf } from '../../../../model/kinds/cluster/status.ts'
import { systemRef } from '../../../../model/kinds/cluster/system-namespace.ts'
import type { KubeObject } from '../../../../model/object.ts'
import { formatRef, type ObjectRef, refKey, refOf } from '../../../../model/reference.ts'
import { type Clock, systemClock } from '../../../../ports/clock.ts'
import type { Connect } from '../../../../ports/connect.ts'
import { type Logger, silentLogger } from '../../../../ports/logger.ts'
import type { CallOptions, Store } from '../../../../ports/store.ts'
import { kubernetesCluster } from '../open.ts'

/** The Secret with the kubeconfig, beside the Cluster. */
const secretName = 'kubeconfig'

/** Which cluster is added to a management, and how it is reached. */
export interface AddClusterOptions extends CallOptions {
  /** The store of the management. */
  readonly store: Store
  /** Reaches the cluster before anything is written, e.g. `kubeconfigSecrets()`. Nothing is asked of the cluster when absent. */
  readonly connect?: Connect | undefined
  /** The name of the Cluster. */
  readonly name: string
  /** Its namespace, for it alone: `name` when absent. */
  readonly namespace?: string | undefined
  /** Its labels, by which Modules select it. */
  readonly labels?: Readonly<Record<string, string>> | undefined
  /** With the credentials in it: it names no file and runs no program. */
  readonly kubeconfig: string
  readonly clock?: Clock | undefined
  readonly logger?: Logger | undefined
}

/** A cluster that a management knows. */
export interface AddedCluster {
  /** Its Cluster. */
  readonly ref: ObjectRef
  /** The uid of its namespace `kube-system`; `undefined` when it was not asked. */
  readonly uid: string | undefined
}

/**
 * Adds a cluster to a management: its namespace, the Secret with its kubeconfig, and its `Cluster`. What is there already and is the same is confirmed; what is there and is another is
 * refused, as is a kubeconfig that cannot be used, and a cluster that does not answer or that is known under another name, before anything is written. Nothing is
 * installed in the cluster.
 *
 * @throws FleetkitError `cluster/config` for the kubeconfig; `model/invalid` for a name or a label; `store/exists` for what is there and is another; the codes of `Store.get` for a cluster
 * that does not answer
 *
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises'
 * import { addCluster, kubeconfigSecrets, kubernetesStore } from 'fleetkit/kubernetes'
 *
 * await using store = await kubernetesStore()
 * const kubeconfig = await readFile('eu-west-1.yaml', 'utf8')
 * await addCluster({ store, connect: kubeconfigSecrets(), name: 'eu-west-1', labels: { tier: 'prod', region: 'eu-west' }, kubeconfig })
 * ```
 */
export async function addCluster(options: AddClusterOptions): Promise<AddedCluster> {
  const { store, connect, name, namespace = name, labels, kubeconfig, clock = systemClock, signal, lease } = options
  const call: CallOptions = { signal, lease }
  throwIfAborted(signal)
  const access = { kubeConfig: { secretRef: { name: secretName } } }
  const cluster = new Cluster({ metadata: { namespace, name, ...(labels && { labels }) }, spec: { access } }).toObject()
  await checkKubeconfig(kubeconfig, clock)
  const data = { value: Buffer.from(kubeconfig).toString('base64') }
  const secret: KubeObject = { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name: secretName }, type: 'Opaque', data }
  const objects = [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, secret, cluster]
  for (const object of objects) await isThere(object, store, call)
  const uid = connect === undefined ? undefined : await uidBy(connect, cluster, secret, options)
  for (const object of objects) await createOrConfirm(object, store, call)
  return { ref: refOf(cluster), uid }
}

/** Opens a line and asks nothing: what is wrong with a kubeconfig shows then. */
async function checkKubeconfig(kubeconfig: string, clock: Clock): Promise<void> {
  // No text would be that of kubectl.
  const text: unknown = kubeconfig
  const problem = { path: 'kubeconfig', found: 'nothing', accepted: 'the text of a kubeconfig' }
  if (typeof text !== 'string' || text.trim() === '')
    throw new FleetkitError('cluster/config', formatProblem(problem), { problems: [problem] })
  await using _line = await kubernetesCluster({ kubeconfig, clock })
}

/** Which cluster it is, by a line that is opened as later ones will be. */
async function uidBy(connect: Connect, cluster: KubeObject, secret: KubeObject, options: AddClusterOptions): Promise<string> {
  const { store, clock = systemClock, logger = silentLogger, signal } = options
  const ref = refOf(cluster)
  // As if they were stored already.
  const given = new Map([cluster, secret].map((object) => [refKey(refOf(object)), object]))
  const overlay: Pick<Store, 'get'> = { get: async (wanted, call) => given.get(refKey(wanted)) ?? store.get(wanted, call) }
  await using api = await connect({ ref, object: cluster }, { store: overlay, current: undefined, clock, logger, signal })
  const uid = (await api.get(systemRef, { signal }))?.metadata.uid
  if (uid === undefined)
    throw new FleetkitError('cluster/protocol', `it has no ${formatRef(systemRef)}, which tells which cluster it is`, { ref })
  const { items } = await store.list(cluster, { signal })
  const known = items.find((other) => clusterStatusOf(other).identity?.uid === uid && refKey(refOf(other)) !== refKey(ref))
  if (known !== undefined) throw new FleetkitError('store/exists', `that cluster is known as ${formatRef(refOf(known))} already`, { ref })
  return uid
}

async function createOrConfirm(object: KubeObject, store: Store, options: CallOptions): Promise<void> {
  if (await isThere(object, store, options)) return
  try {
    await store.create(object, options)
  } catch (error) {
    if (!hasCode(error, 'store/exists') || !(await isThere(object, store, options))) throw error
  }
}

/** Whether an object is there as it is to be. `store/exists` when it is another. */
async function isThere(object: KubeObject, store: Store, options: CallOptions): Promise<boolean> {
  const ref = refOf(object)
  const present = await store.get(ref, options)
  if (present === undefined) return false
  const [wanted, found] = [object, present].map(({ metadata: { labels = {} }, spec, data }) => ({ labels, spec, data }))
  if (object.kind === 'Namespace') return true
  const field = (['labels', 'spec', 'data'] as const).find((each) => !jsonEqual(wanted?.[each], found?.[each]))
  if (field === undefined) return true
  const path = field === 'labels' ? 'metadata.labels' : field
  throw new FleetkitError('store/exists', `there is one whose ${path} is another: change it, or add the cluster under another name`, {
    ref,
  })
}
