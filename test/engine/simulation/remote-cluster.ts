import {
  type ApplyResult,
  Cluster,
  type ClusterApi,
  type ClusterStatus,
  type Connect,
  FleetkitError,
  type KubeObject,
  type ObjectRef,
  type Store,
} from 'fleetkit'
import type { ClusterBackup, RestorableCluster } from 'fleetkit/memory'
import type { VirtualClock } from 'fleetkit/testing'
import type { Random } from '../../rollout/simulation/random.ts'
import { clusterRefOf, management } from './units.ts'

/** What can be seen of a restore of the cluster. */
export interface RestoreEffect {
  /** Whether the cluster has an older mark than the management remembers. */
  readonly shows: boolean
  /** Whether it had one before, which was not seen yet and is not to be seen any more. */
  readonly hidesEarlier: boolean
}

export interface RemoteClusterOptions {
  /** Of its Cluster. */
  readonly name: string
  readonly random: Random
  readonly clock: VirtualClock
  readonly store: Store
  readonly cluster: RestorableCluster
  /** Whether it connects to the management. Otherwise it is connected to. */
  readonly inbound?: boolean | undefined
  /** Puts it back to what it was, by a function that says what can be seen of that. */
  readonly restored: (restore: () => Promise<RestoreEffect>) => Promise<void>
  readonly trace: (line: string) => void
}

const minute = 60_000
const markRef: ObjectRef = {
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  namespace: 'kube-system',
  name: `fleetkit-${management}`,
}

/** A cluster that is reached from elsewhere, and what happens to it and to the access to it. */
export class RemoteCluster {
  readonly #options: RemoteClusterOptions
  readonly #backups: ClusterBackup[] = []
  #unreachable = false
  #suspended = false
  /** Which kubeconfig is there, and the first one that is still accepted. */
  #config = 0
  #accepted = 0

  readonly #ref: ObjectRef
  readonly #secretRef: ObjectRef

  constructor(options: RemoteClusterOptions) {
    this.#options = options
    this.#ref = clusterRefOf(options.name)
    this.#secretRef = { apiVersion: 'v1', kind: 'Secret', namespace: 'default', name: options.name }
  }

  async begin(): Promise<void> {
    const { store, inbound } = this.#options
    const { namespace, name } = this.#ref
    const access = inbound ? { inbound: {} } : { kubeConfig: { secretRef: { name } } }
    await store.create({ apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name }, data: { config: btoa('0') } })
    await store.create(new Cluster({ metadata: { namespace, name }, spec: { access } }).toObject())
  }

  /** What one Manager reaches a port of the cluster by. `over` is what its calls go over. */
  connectTo(port: ClusterApi, over: (port: ClusterApi) => ClusterApi): Connect {
    let open: string | undefined
    return async (_, { store, current, signal }) => {
      const secret = (await store.get(this.#secretRef, { signal })) as KubeObject
      const { config } = secret.data as { readonly config: string }
      if (current !== undefined && config === open) return current
      open = config
      return withoutClose(over(this.#guarded(port, Number(atob(config)))))
    }
  }

  /** What one Manager in it reaches a port of the management by. */
  connectFrom(port: ClusterApi, over: (port: ClusterApi) => ClusterApi): Connect {
    return async (_, { current }) => current ?? withoutClose(over(this.#guarded(port, this.#config)))
  }

  /** Something happens. */
  async happen(): Promise<void> {
    const { random } = this.#options
    const drawn = random.next()
    if (this.#suspended && drawn < 0.5) return this.#suspend(false)
    if (drawn < 0.2) return this.#interrupt()
    if (drawn < 0.4) return this.#options.inbound ? this.#interrupt() : this.#changeConfig()
    if (drawn < 0.5) return this.#suspend(true)
    return this.backUpOrRestore()
  }

  /** It is backed up, or restored. */
  async backUpOrRestore(): Promise<void> {
    if (this.#options.random.chance(0.5) || this.#backups.length === 0) return this.backUp()
    return this.#restore()
  }

  /** It can be worked on. */
  async heal(): Promise<void> {
    this.#unreachable = false
    if (this.#suspended) await this.#suspend(false)
  }

  /** The management was put back to what it was, and is given a kubeconfig that is accepted. */
  async renewAccess(): Promise<void> {
    const { store, inbound } = this.#options
    const { spec } = (await store.get(this.#ref)) as KubeObject
    this.#suspended = (spec as { readonly suspend?: boolean }).suspend === true
    if (inbound) return
    const secret = (await store.get(this.#secretRef)) as KubeObject
    await store.update({ ...secret, data: { config: btoa(String(this.#config)) } })
  }

  /** Nothing answers for a while. */
  #interrupt(): void {
    const { random, clock, trace } = this.#options
    trace('the cluster is unreachable')
    this.#unreachable = true
    void clock.sleep(random.next() * 5 * minute).then(() => {
      this.#unreachable = false
    })
  }

  async #changeConfig(): Promise<void> {
    const { random, store, trace } = this.#options
    const config = ++this.#config
    if (random.chance(0.5)) this.#accepted = config
    trace(`a person changes the kubeconfig${this.#accepted === config ? ', and the ones before are not accepted any more' : ''}`)
    const secret = (await store.get(this.#secretRef)) as KubeObject
    await store.update({ ...secret, data: { config: btoa(String(config)) } })
  }

  async #suspend(suspend: boolean): Promise<void> {
    const { store, trace } = this.#options
    trace(`a person ${suspend ? 'suspends' : 'resumes'} the cluster`)
    this.#suspended = suspend
    for (;;) {
      const cluster = (await store.get(this.#ref)) as KubeObject
      try {
        await store.update({ ...cluster, spec: { ...(cluster.spec as object), suspend } })
        return
      } catch (error) {
        if (!(error instanceof FleetkitError && error.code === 'store/conflict')) throw error
      }
    }
  }

  backUp(): void {
    this.#options.trace('the cluster is backed up')
    this.#backups.push(this.#options.cluster.backUp())
  }

  async #restore(): Promise<void> {
    const { random, cluster, restored, trace } = this.#options
    const backup = random.pick(this.#backups)
    await restored(async () => {
      const showed = await this.#showsRestore()
      cluster.restore(backup)
      const shows = await this.#showsRestore()
      trace(`the cluster is restored${shows ? '' : ', which does not show'}`)
      return { shows, hidesEarlier: showed && !shows }
    })
  }

  /** Whether the cluster has an older mark than the management remembers. */
  async #showsRestore(): Promise<boolean> {
    const { store, cluster } = this.#options
    const { status } = (await store.get(this.#ref)) as KubeObject
    const { identity: { counter, raisedAt } = {} } = (status ?? {}) as ClusterStatus
    const mark = await cluster.get(markRef)
    // One that comes before the mark was raised after another one does not show either.
    return counter !== undefined && raisedAt !== undefined && Number(mark?.metadata.annotations?.['fleetkit.dev/counter'] ?? 0) < counter
  }

  /** A port that answers nothing while it is unreachable, and only who comes with a kubeconfig that is accepted. */
  #guarded(port: ClusterApi, config: number): ClusterApi {
    const refusal = (): FleetkitError | undefined => {
      if (this.#unreachable) return new FleetkitError('cluster/unreachable', 'the cluster is unreachable')
      return config < this.#accepted ? new FleetkitError('cluster/unauthorized', 'the credentials are not accepted') : undefined
    }
    return new Proxy(port, {
      get: (target, property) => {
        const member: unknown = Reflect.get(target, property, target)
        if (typeof member !== 'function') return member
        const method = member.bind(target) as (...parameters: any[]) => unknown
        if (typeof property === 'symbol') return method
        if (property === 'watch') return (...parameters: any[]) => watched(method(...parameters) as AsyncIterable<unknown>, refusal)
        return async (...parameters: any[]) => {
          const error = refusal()
          if (error === undefined) return method(...parameters)
          if (property !== 'apply') throw error
          return (parameters[0] as readonly KubeObject[]).map(
            ({ apiVersion, kind, metadata: { namespace, name } }): ApplyResult => ({ ref: { apiVersion, kind, namespace, name }, error }),
          )
        }
      },
    })
  }
}

/** A watch ends when nothing answers any more. */
async function* watched(events: AsyncIterable<unknown>, refusal: () => FleetkitError | undefined): AsyncGenerator<unknown> {
  const first = refusal()
  if (first !== undefined) throw first
  for await (const event of events) {
    const error = refusal()
    if (error !== undefined) throw error
    yield event
  }
}

/** A line that can be closed, which fails in no way, and the cluster goes on. */
function withoutClose(api: ClusterApi): ClusterApi {
  const close = async (): Promise<void> => {}
  return new Proxy(api, {
    get: (target, property) => (property === 'close' || property === Symbol.asyncDispose ? close : Reflect.get(target, property, target)),
  })
}
