import { throwIfAborted } from '../../model/errors/abort.ts'
import { FleetkitError } from '../../model/errors/error.ts'
import { invalid } from '../../model/errors/invalid.ts'
import { systemRef } from '../../model/kinds/cluster/system-namespace.ts'
import { ClusterRegistration } from '../../model/kinds/cluster-registration/cluster-registration.ts'
import { PullSync } from '../../model/kinds/pull-sync/pull-sync.ts'
import type { KubeObject } from '../../model/object.ts'
import { formatRef, type ObjectRef, refOf } from '../../model/reference.ts'
import { kubeconfigWithToken } from '../../plan/registration/kubeconfig.ts'
import { type RegisteredInput, registeredObjects, registrationAnnotation } from '../../plan/registration/registered-objects.ts'
import { type Clock, systemClock } from '../../ports/clock.ts'
import { type Logger, silentLogger } from '../../ports/logger.ts'
import type { CallOptions, Store } from '../../ports/store.ts'
import { createOrUpdate } from '../object/create-or-update.ts'
import { awaitCredential, send } from './await-credential.ts'
import { deleteIfThere } from './delete-if-there.ts'
import { type KeptKey, keptKey, readKey } from './key.ts'
import { defaultNamespace, registrationRef } from './registration-type.ts'

/**
 * What a cluster registers with.
 *
 * @category ClusterRegistration
 */
export interface RegisterOptions extends CallOptions {
  /** The line to the management, with a token that may do nothing but `create` ClusterRegistrations. */
  readonly upstream: Pick<Store, 'get' | 'create'>
  /** The kubeconfig that `upstream` was opened by: the API server in it is the one that the agent will connect to. */
  readonly kubeconfig: string
  /** This cluster. */
  readonly store: Store
  /** Where its objects are kept in this cluster: `fleetkit` when absent. */
  readonly namespace?: string | undefined
  /** What they are called: `management` when absent. */
  readonly name?: string | undefined
  /** Where the management looks for registrations: `fleetkit-registrations` when absent. */
  readonly registrations?: string | undefined
  /** The name that this cluster would like to have. */
  readonly proposedName?: string | undefined
  /** For the person who decides. */
  readonly message?: string | undefined
  /** The system clock when absent. */
  readonly clock?: Clock | undefined
  readonly logger?: Logger | undefined
  /** Uniform in [0, 1): spreads when the management is asked. */
  readonly random?: (() => number) | undefined
}

/**
 * What a cluster is in the management.
 *
 * @category ClusterRegistration
 */
export interface Registered {
  /** Its namespace there. */
  readonly namespace: string
}

/**
 * Registers this cluster: sends a ClusterRegistration to the management, waits until a person has approved it, and writes the kubeconfig of the management, a `Cluster` and a
 * `PullSync` into this cluster, which `pullSyncController` goes by. Where it is ended, at whatever moment, it goes on when it is called again: its key is kept in a
 * Secret before it is sent. It asks nothing of the management once the cluster is registered; delete the Secret with the kubeconfig to register anew.
 *
 * @throws FleetkitError `registration/denied`; `cluster/config` for a kubeconfig that cannot be used; `cluster/unauthorized` and `cluster/forbidden` when the token may not send it;
 * `model/invalid` when this cluster cannot be told from others, or has objects of these names that are not of a registration; `aborted`
 *
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises'
 * import { kubernetesCluster } from 'fleetkit/kubernetes'
 * import { register } from 'fleetkit/registration'
 *
 * const kubeconfig = await readFile('/etc/fleetkit/registration.yaml', 'utf8')
 * await using store = await kubernetesCluster({ inCluster: true })
 * await using upstream = await kubernetesCluster({ kubeconfig })
 * const { namespace } = await register({ upstream, kubeconfig, store, proposedName: 'shop-17' })
 * console.log(namespace)
 * ```
 *
 * @category ClusterRegistration
 */
export async function register(options: RegisterOptions): Promise<Registered> {
  const { store, namespace = 'fleetkit', name = 'management', clock = systemClock, logger = silentLogger, random = Math.random } = options
  const call: CallOptions = { signal: options.signal, lease: options.lease }
  throwIfAborted(options.signal)
  kubeconfigWithToken(options.kubeconfig, '')
  const keyRef: ObjectRef = { apiVersion: 'v1', kind: 'Secret', namespace, name: `${name}-registration` }
  const here = { namespace, name }
  const done = await registeredBefore(options, here, await readKey(store, keyRef, call), call)
  if (done === undefined) {
    const uid = await uidOf(store, call)
    const key = await keptKey(store, keyRef, call)
    const registration = registrationOf(options, key, uid)
    const waiting = { upstream: options.upstream, clock, logger, random, signal: options.signal }
    await send(registration, waiting)
    logger.info('the registration is sent, and waits to be approved', { registration: formatRef(refOf(registration)) })
    const { token, namespace: upstream, cluster } = await awaitCredential(refOf(registration), key, waiting)
    const kubeconfig = kubeconfigWithToken(options.kubeconfig, token)
    await writeAll({ ...here, registration: key.registration, upstream, kubeconfig }, store, call)
    logger.info('this cluster is registered', { cluster: `${upstream}/${cluster}` })
  }
  // Last: without it there is nothing to go on with.
  await deleteIfThere(keyRef, store, call)
  return done ?? ((await registeredBefore(options, here, undefined, call)) as Registered)
}

/** What this cluster is, if it is registered and nothing is left to do: by this key, if one is kept. */
async function registeredBefore(
  { store }: RegisterOptions,
  { namespace, name }: Pick<RegisteredInput, 'namespace' | 'name'>,
  key: KeptKey | undefined,
  options: CallOptions,
): Promise<Registered | undefined> {
  const refs = registeredObjects({ namespace, name, registration: '', upstream: 'any', kubeconfig: '' }).map(refOf)
  const objects = await Promise.all(refs.map((ref) => store.get(ref, options)))
  for (const object of objects) if (object !== undefined) checkOurs(object)
  const isDone = (object: KubeObject | undefined): boolean =>
    object !== undefined && (key === undefined || object.metadata.annotations?.[registrationAnnotation] === key.registration)
  if (!objects.every(isDone)) return undefined
  return { namespace: PullSync.from(objects.at(-1) as KubeObject).spec.upstream.namespace }
}

/** Writes over what an earlier registration has left, and over nothing else. */
async function writeAll(input: RegisteredInput, store: Store, options: CallOptions): Promise<void> {
  for (const object of registeredObjects(input)) {
    const change = (present: KubeObject): KubeObject => {
      if (present.metadata.uid !== undefined) checkOurs(present)
      const annotations = { ...present.metadata.annotations, ...object.metadata.annotations }
      return { ...present, ...object, metadata: { ...present.metadata, annotations } }
    }
    await createOrUpdate(store, refOf(object), change, options)
  }
}

function checkOurs(object: KubeObject): void {
  if (object.metadata.annotations?.[registrationAnnotation] !== undefined) return
  const accepted = 'one that a registration has written, or none: give another name'
  throw invalid(refOf(object), [
    { path: formatRef(refOf(object)), found: `one without the annotation ${registrationAnnotation}`, accepted },
  ])
}

function registrationOf(options: RegisterOptions, { publicKey, registration }: KeptKey, clusterUid: string): KubeObject {
  const { registrations: namespace = defaultNamespace, proposedName, message } = options
  const { name } = registrationRef({ namespace, name: registration })
  return new ClusterRegistration({ metadata: { namespace, name }, spec: { clusterUid, proposedName, publicKey, message } }).toObject()
}

async function uidOf(store: Store, options: CallOptions): Promise<string> {
  const uid = (await store.get(systemRef, options))?.metadata.uid
  if (uid !== undefined) return uid
  throw new FleetkitError('model/invalid', `store: found no ${formatRef(systemRef)}, accepted a cluster: it tells which cluster it is`)
}
