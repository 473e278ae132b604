import type { FleetkitError } from '../../model/errors/error.ts'
import { invalid } from '../../model/errors/invalid.ts'
import { RemoteSync } from '../../model/kinds/remote-sync/remote-sync.ts'
import { systemClock } from '../../ports/clock.ts'
import type { ClusterApi } from '../../ports/cluster.ts'
import { silentLogger } from '../../ports/logger.ts'
import type { Store } from '../../ports/store.ts'
import { emptyMemory } from '../attempt/memory.ts'
import { objectStatusStore } from '../attempt/record/object-status-store.ts'
import type { StatusStore } from '../attempt/record/status-store.ts'
import { checkIdentity } from '../cluster/check-identity.ts'
import { requireCluster } from '../cluster/cluster-ref.ts'
import { Lines } from '../runtime/lines/lines.ts'
import { ManagementId } from '../runtime/management/management-id.ts'
import type { AppliedKind, AppliedObject, Target } from './applied-kind.ts'
import { configMapStatusStore, remoteStatusStore } from './config-map-status-store.ts'
import { localKind } from './local-kind.ts'
import { actingAs, ClusterMemories, remoteKind, remoteOwnerOf, userOf } from './remote-kind.ts'
import type { SyncRunnerOptions } from './runner-options.ts'

/** Where a runner applies an object, and where it keeps the status. */
export interface RunTarget extends Target {
  readonly kind: AppliedKind
  readonly statuses: StatusStore
}

/** Where a runner applies what it is given. */
export class RunTargets implements AsyncDisposable {
  readonly #options: SyncRunnerOptions
  readonly #memory = emptyMemory()
  readonly #memories = new ClusterMemories()
  readonly #local = localKind()
  readonly #remote = remoteKind()
  #statuses: StatusStore | undefined
  #lines: Lines | undefined
  #management: ManagementId | undefined

  constructor(options: SyncRunnerOptions) {
    this.#options = options
  }

  /** @throws FleetkitError `model/invalid` that names the option that the runner lacks for it */
  of(given: AppliedObject, signal: AbortSignal): Promise<RunTarget> {
    return given instanceof RemoteSync ? this.#remoteTarget(given, signal) : this.#localTarget(given)
  }

  /** Where the status of an object is kept. Its cluster is not asked. */
  async statusesOf(given: AppliedObject, signal: AbortSignal): Promise<StatusStore> {
    return given instanceof RemoteSync ? this.#remoteStatuses(given, signal) : this.#localStatuses()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lines?.[Symbol.asyncDispose]()
  }

  async #localTarget({ ref }: AppliedObject): Promise<RunTarget> {
    const cluster = this.#ownCluster()
    return { owner: ref, cluster, home: cluster, memory: this.#memory, kind: this.#local, statuses: this.#localStatuses() }
  }

  #ownCluster(): ClusterApi {
    const { cluster } = this.#options
    if (cluster === undefined) throw lacks('cluster', 'the cluster that Syncs are applied to')
    return cluster
  }

  #localStatuses(): StatusStore {
    const { store } = this.#options
    this.#statuses ??=
      store === undefined ? configMapStatusStore(this.#ownCluster(), this.#options) : objectStatusStore(store, this.#options)
    return this.#statuses
  }

  async #remoteTarget(given: RemoteSync, signal: AbortSignal): Promise<RunTarget> {
    const store = this.#home()
    const clusterRef = requireCluster(given.toObject())
    const user = userOf(given.toObject())
    const lines = this.#linesOver(store)
    const known = await store.get(clusterRef, { signal })
    if (known !== undefined) await checkIdentity(known, { identityOf: (ref, asked) => lines.identityOf(ref, asked), signal })
    return {
      owner: remoteOwnerOf(given.toObject(), await this.#idOf(store).get(signal)),
      cluster: actingAs(lines.to(clusterRef), user),
      home: store,
      memory: this.#memories.of(clusterRef, user, known),
      kind: this.#remote,
      statuses: await this.#remoteStatuses(given, signal),
    }
  }

  async #remoteStatuses({ ref }: RemoteSync, signal: AbortSignal): Promise<StatusStore> {
    const store = this.#home()
    const kept = await store.get(ref, { signal })
    return kept === undefined ? remoteStatusStore(store, this.#options) : objectStatusStore(store, this.#options)
  }

  #home(): Store {
    const { store } = this.#options
    if (store === undefined) throw lacks('store', 'where the inventories of RemoteSyncs are kept, e.g. sqliteStore() of fleetkit/sqlite')
    return store
  }

  #idOf(store: Store): ManagementId {
    const { management, clock = systemClock } = this.#options
    this.#management ??= new ManagementId({ management, store, clock, random: Math.random })
    return this.#management
  }

  #linesOver(store: Store): Lines {
    const { connect, clock = systemClock, logger = silentLogger } = this.#options
    if (connect === undefined) throw lacks('connect', 'what reaches clusters, e.g. kubeconfigContexts() of fleetkit/kubernetes')
    this.#lines ??= new Lines({ connect, find: (ref, signal) => store.get(ref, { signal }), store, clock, logger })
    return this.#lines
  }
}

function lacks(option: keyof SyncRunnerOptions, accepted: string): FleetkitError {
  return invalid(undefined, [{ path: option, found: 'nothing', accepted }])
}
