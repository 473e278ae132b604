import { Buffer } from 'node:buffer'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import {
  assemblageController,
  Cluster,
  type Git,
  type KubeObject,
  Manager,
  Module,
  type ModuleInput,
  type ModuleStatus,
  syncController,
} from 'fleetkit'
import { type HistoryEventType, historyOfLogs, type ModuleRevisionSpec, readLogs } from 'fleetkit/fleet'
import { gitRepositories } from 'fleetkit/git'
import { assemblageKind, kinds, syncKind } from 'fleetkit/kinds'
import { expect, vi } from 'vitest'
import { type ServedRepository, startGitServer } from '../../servers/git.ts'
import { type OwnCluster, startOwnCluster } from '../own-cluster.ts'
import { Observer } from './observer.ts'
import { type Findings, findingsIn, type Rules } from './violations.ts'
import { shopAt, Workloads } from './workloads.ts'

const program = path.join(import.meta.dirname, 'manager-process.ts')
const namespace = 'fleet'
const apiVersion = 'fleetkit.dev/v1alpha1'
/** How long is waited for what is to become true. */
export const patience: { readonly timeout: number; readonly interval: number } = { timeout: 60_000, interval: 50 }

/** How a version goes out. */
export type Rollout = NonNullable<ModuleInput['spec']['rollout']>

/** A fleet of real API servers, each with an agent in it, and a management in a process of its own. */
export class RealFleet implements AsyncDisposable {
  readonly workloads: Workloads = new Workloads()
  readonly observer: Observer = new Observer()
  /** The versions in the order in which they were named. */
  readonly wanted: string[] = []
  /** By commit, the version. */
  readonly versions: Map<string, string> = new Map()
  readonly #stack: AsyncDisposableStack = new AsyncDisposableStack()
  readonly #clusters: Map<string, OwnCluster> = new Map()
  readonly #git: Git = gitRepositories({ allowHttp: true })
  readonly #agents: Map<string, () => Promise<void>> = new Map()
  #management: OwnCluster | undefined
  #repository: ServedRepository | undefined
  #cacheDir = ''
  #rollout: Rollout | undefined
  #manager: ChildProcess | undefined

  /** Starts the servers, the agents, and what looks at them; no manager yet. The management is a cluster too, of the name that is given. */
  async start(names: readonly string[], management: string): Promise<void> {
    this.#cacheDir = await mkdtemp(path.join(tmpdir(), 'fleetkit-fleet-'))
    this.#stack.defer(() => rm(this.#cacheDir, { recursive: true, force: true }))
    const starting = [...names, management].map(async (name) => {
      const own = this.#stack.use(await startOwnCluster({ args: ['--enable-priority-and-fairness=false'] }))
      await own.define(...(name === management ? Object.values(kinds) : [syncKind, assemblageKind]))
      this.#clusters.set(name, own)
    })
    const served = this.#stack.use(await startGitServer())
    this.#repository = await served.repository('shop')
    await Promise.all(starting)
    this.#management = this.#of(management)
    await this.#store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    for (const [name, { server }] of this.#clusters) {
      this.startAgent(name)
      this.observer.observe({ cluster: name, url: server.url, ca: server.ca, token: server.tokenOf('admin') })
    }
  }

  /** Makes a Cluster: from now on it belongs to the fleet. */
  async register(name: string, interval = '10s'): Promise<void> {
    const data = { value: Buffer.from(this.#of(name).server.kubeconfig).toString('base64') }
    await this.#store.create({ apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name }, data })
    const spec = { access: { kubeConfig: { secretRef: { name } } }, interval }
    await this.#store.create(new Cluster({ metadata: { name, namespace, labels: { region: name.slice(0, 2) } }, spec }).toObject())
  }

  /** What runs in a cluster on behalf of the fleet. */
  startAgent(name: string): void {
    const { cluster } = this.#of(name)
    const manager = new Manager({ store: cluster, cluster, git: this.#git })
    manager.add(syncController(), assemblageController(), this.workloads.controllerOf(name))
    const stop = new AbortController()
    const running = manager.run({ signal: stop.signal })
    this.#agents.set(name, async () => {
      stop.abort()
      await running
    })
  }

  async stopServer(name: string): Promise<void> {
    await this.#agents.get(name)?.()
    await this.#of(name).server.stop({ kill: true })
  }

  async startServer(name: string): Promise<void> {
    await this.#of(name).server.start()
    this.startAgent(name)
  }

  /** Starts the manager of the management, with at most so many clusters updating at once. */
  async manage(limit?: number): Promise<void> {
    const args = [program, this.#management?.server.kubeconfigPath ?? '', path.join(this.#cacheDir, 'management'), String(limit ?? '')]
    const env = { ...process.env, NODE_COMPILE_CACHE: path.join(this.#cacheDir, 'compiled') }
    const child = spawn(process.execPath, ['--conditions=fleetkit:source', ...args], { env, stdio: ['pipe', 'pipe', 'inherit'] })
    this.#manager = child
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`the manager has ended with ${code}`)
    })
    await Promise.race([once(child.stdout as NonNullable<typeof child.stdout>, 'data'), ended])
  }

  /** Ends the manager as a crash does. */
  async kill(): Promise<void> {
    const child = this.#manager
    if (child === undefined) return
    this.#manager = undefined
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  /** Names a version that the fleet is to have, and how versions go out from now on. */
  async want(version: string, rollout?: Rollout): Promise<void> {
    const repository = this.#repository as ServedRepository
    if (!this.wanted.includes(version)) {
      const commit = await repository.commit(shopAt(version))
      await repository.tag(version, commit)
      this.versions.set(commit, version)
    }
    this.#rollout = rollout ?? this.#rollout
    const spec = { source: { git: { url: repository.url, tag: version } }, clusters: {}, retryInterval: '1s', rollout: this.#rollout }
    this.wanted.push(version)
    await this.#apply(new Module({ metadata: { name: 'shop', namespace }, spec }).toObject(), 'author')
  }

  async annotate(annotations: Readonly<Record<string, string>>): Promise<void> {
    await this.#apply({ apiVersion, kind: 'Module', metadata: { name: 'shop', namespace, annotations } }, 'operator')
  }

  async status(): Promise<Partial<ModuleStatus>> {
    return ((await this.#get('Module', 'shop'))?.status ?? {}) as Partial<ModuleStatus>
  }

  /** The status, where it is of the Module as it is now. */
  async statusOfNow(): Promise<Partial<ModuleStatus>> {
    const { metadata, status = {} } = (await this.#get('Module', 'shop')) as KubeObject
    return (status as Partial<ModuleStatus>).observedGeneration === metadata.generation ? (status as Partial<ModuleStatus>) : {}
  }

  async isReachable(name: string): Promise<boolean> {
    const { conditions = [] } = ((await this.#get('Cluster', name))?.status ?? {}) as Partial<ModuleStatus>
    return conditions.some(({ type, status }) => type === 'Ready' && status === 'True')
  }

  /** The version of the objects of the shop in each of the clusters, as seen from the outside; each of them where they differ. */
  versionsIn(clusters: Iterable<string>): Readonly<Record<string, string>> {
    const { observer } = this
    return Object.fromEntries(
      [...clusters].map((name) => {
        const found = [
          observer.newest(name, 'ConfigMap')?.data.version,
          observer.newest(name, 'ServiceAccount')?.metadata.annotations.version,
          observer.newest(name, 'Deployment')?.spec.template.spec.containers[0].image.split(':')[1],
        ]
        return [name, [...new Set(found)].join(', ')]
      }),
    )
  }

  /** The versions that a cluster was seen to be given. */
  startsOn(cluster: string): ReadonlySet<string> {
    const syncs = this.observer.history.filter((seen) => seen.kind === 'Sync' && seen.cluster === cluster && !seen.isGone)
    return new Set(syncs.map(({ object }) => this.versions.get(object.spec.source.git.commit) as string))
  }

  /** What the log says: whether it is whole, and of which versions it says something, such as that a cluster was assigned them. */
  async logged(): Promise<{
    readonly findings: readonly unknown[]
    versions(type: HistoryEventType, cluster?: string): readonly unknown[]
  }> {
    const { items: revisions } = await this.#store.list({ apiVersion, kind: 'ModuleRevision' }, { namespace })
    const tags = new Map(revisions.map(({ metadata, spec }) => [metadata.name, (spec as unknown as ModuleRevisionSpec).source.git.tag]))
    const { items } = await this.#store.list({ apiVersion, kind: 'RolloutLog' }, { namespace })
    const { logs, findings } = readLogs(items)
    const history = historyOfLogs(logs)
    return {
      findings,
      versions: (type, cluster) =>
        history
          .newest({ module: 'shop', cluster, limit: 10_000 })
          .flatMap((event) => (event.type === type ? [tags.get(event.revision ?? '')] : [])),
    }
  }

  /** Waits until all of the clusters have all of a version, and the management says that it is complete. */
  async complete(version: string, clusters: readonly string[]): Promise<void> {
    await vi.waitFor(async () => {
      const { phase, completed, summary } = await this.statusOfNow()
      expect({ phase, tag: completed?.tag, done: summary?.done, versions: this.versionsIn(clusters) }).toEqual({
        phase: 'Complete',
        tag: version,
        done: clusters.length,
        versions: Object.fromEntries(clusters.map((name) => [name, version])),
      })
    }, patience)
  }

  findings(rules: Omit<Rules, 'wanted' | 'versions'>): Findings {
    return findingsIn(this.observer.history, { ...rules, wanted: this.wanted, versions: this.versions })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    await this.observer[Symbol.asyncDispose]()
    await Promise.all([...this.#agents.values()].map((stop) => stop()))
    await Promise.all([...this.#clusters.values()].map(({ server }) => server.stop({ kill: true })))
    await this.#stack.disposeAsync()
  }

  get #store(): OwnCluster['cluster'] {
    return (this.#management as OwnCluster).cluster
  }

  async #apply(object: KubeObject, fieldManager: string): Promise<void> {
    for (const result of await this.#store.apply([object], { fieldManager })) if ('error' in result) throw result.error
  }

  #get(kind: string, name: string): Promise<KubeObject | undefined> {
    return this.#store.get({ apiVersion, kind, namespace, name })
  }

  #of(name: string): OwnCluster {
    return this.#clusters.get(name) as OwnCluster
  }
}
