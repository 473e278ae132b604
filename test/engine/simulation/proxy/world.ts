import {
  Cluster,
  type ClusterApi,
  type Connect,
  clusterController,
  Manager,
  PullSync,
  proxySyncController,
  pullSyncController,
  syncController,
} from 'fleetkit'
import { definitionOf, kinds } from 'fleetkit/kinds'
import { type MemoryGit, memoryCluster, type RestorableCluster } from 'fleetkit/memory'
import { plainRenderer } from 'fleetkit/plain'
import { VirtualClock } from 'fleetkit/testing'
import { formatEvent } from 'fleetkit/views'
import { drawFaults, type Equipment, Processes } from '../../../internals.ts'
import { Random } from '../../../rollout/simulation/random.ts'
import { RemoteCluster, type RestoreEffect } from '../remote-cluster.ts'
import { management } from '../units.ts'
import type { Violation } from '../violation.ts'
import type { World } from '../world.ts'
import { proxyNames, proxySource, pullRef } from './facts.ts'
import { missingOf } from './missing.ts'
import { ProxyOthers } from './others.ts'
import { MirrorReferee } from './referee.ts'

const second = 1000
const minute = 60 * second

/** Which side connects to the other: the management, or a manager in the cluster. */
export type MirrorKind = 'ProxySync' | 'PullSync'

/** A management that keeps Syncs in one or two other clusters, in each of which a manager applies them; or one cluster that takes them from the management. */
export class ProxyWorld implements World {
  attempts = 0
  readonly #random: Random
  readonly #clock: VirtualClock = new VirtualClock()
  readonly #trace: (line: string) => void
  readonly #referee: MirrorReferee
  readonly #others: ProxyOthers
  readonly #git: MemoryGit = proxySource()
  /** In a cluster too, which can be restored. */
  readonly #store: RestorableCluster
  readonly #clusters: ReadonlyMap<string, RestorableCluster>
  readonly #remotes: ReadonlyMap<string, RemoteCluster>
  readonly #managers: Processes
  readonly #pulls: boolean
  /** What takes the Syncs from the management, in each cluster. */
  readonly #pullers: readonly Processes[]
  /** In each cluster. */
  readonly #appliers: ReadonlyMap<string, Processes>

  /** @param backups - how often the management is backed up, and restored; 1 is seldom */
  constructor(seed: number, kind: MirrorKind, trace?: (line: string) => void, backups = 1) {
    const random = new Random(seed)
    const clock = this.#clock
    this.#random = random
    this.#pulls = kind === 'PullSync'
    this.#trace = (line) => trace?.(`${new Date(clock.now()).toISOString().slice(11, 23)} ${line}`)
    let uids = 0
    const cluster = (): RestorableCluster => memoryCluster({ clock, uid: () => `uid-${++uids}` })
    this.#store = cluster()
    this.#clusters = new Map((this.#pulls ? ['eu'] : random.pick([['eu'], ['eu', 'us']])).map((name) => [name, cluster()]))
    const servers = { store: this.#store, clusters: this.#clusters, trace: this.#trace }
    this.#referee = new MirrorReferee({
      ...servers,
      pulls: this.#pulls,
      now: () => clock.now(),
      interfere: (method, ref, server) => this.#others.interfere(method, ref, server),
    })
    const all = { ...servers, random, clock, referee: this.#referee }
    this.#remotes = new Map([...this.#clusters].map(([name, server]) => [name, this.#remote(name, server)]))
    this.#others = new ProxyOthers({ ...all, backups, remotes: this.#remotes, restart: () => this.#managers.killAll() })
    const processes = (prefix: string, make: (equipment: Equipment) => Manager): Processes =>
      new Processes({
        random: () => random.next(),
        clock,
        prefix,
        make,
        plan: drawFaults(() => random.next(), clock),
        isQuiet: () => this.#others.quiet,
        stopped: () => {},
        trace: this.#trace,
      })
    this.#managers = processes('m', (equipment) => this.#manager(equipment))
    this.#appliers = new Map(
      [...this.#clusters].map(([name, server]) => [name, processes(`${name}-`, (equipment) => this.#applier(server, equipment))]),
    )
    this.#pullers = this.#pulls
      ? [...this.#clusters].map(([name, server]) => processes(`pull-${name}-`, (equipment) => this.#puller(name, server, equipment)))
      : []
  }

  get violations(): readonly Violation[] {
    return this.#referee.violations
  }

  get faults(): number {
    return this.#processes.reduce((sum, { faults }) => sum + faults, 0)
  }

  get #processes(): readonly Processes[] {
    return [this.#managers, ...this.#pullers, ...this.#appliers.values()]
  }

  async begin(): Promise<void> {
    const { Cluster, ProxySync, PullSync, Sync } = kinds
    await this.#store.apply([Cluster, ProxySync].map(definitionOf), { fieldManager: 'helm' })
    for (const server of this.#clusters.values())
      await server.apply((this.#pulls ? [Sync, Cluster, PullSync] : [Sync]).map(definitionOf), { fieldManager: 'helm' })
    for (const remote of this.#remotes.values()) await remote.begin()
    if (this.#pulls) for (const server of this.#clusters.values()) await this.#register(server)
    for (const name of proxyNames) await this.#others.create(name)
    for (const processes of [this.#managers, ...this.#processes]) processes.start()
  }

  /** Says in a cluster how its management is reached. */
  async #register(server: RestorableCluster): Promise<void> {
    const { name, namespace } = pullRef
    const metadata = { name, namespace }
    const access = { kubeConfig: { secretRef: { name: 'hub' } } }
    await server.create(new Cluster({ metadata, spec: { access } }).toObject(), { fieldManager: 'helm' })
    const upstream = { cluster: { name: 'hub' }, namespace: 'default' }
    await server.create(new PullSync({ metadata, spec: { upstream } }).toObject(), { fieldManager: 'helm' })
  }

  async step(): Promise<void> {
    const random = this.#random
    const processes = random.pick([this.#managers, ...this.#processes])
    const happens = processes.disturb()
    if (happens === 'interrupted') await this.#others.respecify(random.pick(proxyNames))
    processes.letArrive()
    if (happens === undefined) await this.#others.act()
    await this.#clock.advance(random.pick([0, 1, 5, 20, 60, 400]) * second * random.next())
    this.#restart()
  }

  async end(): Promise<void> {
    this.#trace('everything heals')
    await this.#others.letGo()
    for (const remote of this.#remotes.values()) await remote.heal()
    for (const processes of this.#processes) processes.heal()
    let missing: readonly string[] = []
    for (let waited = 0; waited < 60; waited += 6) {
      await this.#clock.advance(6 * minute)
      this.#restart()
      await this.#others.confirmOlder()
      missing = await this.#missing()
      if (missing.length === 0) break
    }
    for (const message of missing) this.#referee.says('convergence', message)
    for (const { metadata } of await this.#referee.abandoned())
      this.#referee.says('removal', `the Sync ${metadata.name} is there, and the ProxySync that it names is not`)
  }

  async stop(): Promise<void> {
    for (const processes of this.#processes) processes.killAll()
    await this.#clock.advance(40 * second)
  }

  #restart(): void {
    for (const processes of this.#processes) processes.restart()
  }

  #remote(name: string, cluster: RestorableCluster): RemoteCluster {
    const restored = async (restore: () => Promise<RestoreEffect>): Promise<void> => {
      // What runs in it starts anew.
      for (const processes of [this.#appliers.get(name), ...this.#pullers]) processes?.killAll()
      await restore()
      await this.#referee.clusterRestored(name)
    }
    const options = { random: this.#random, clock: this.#clock, store: this.#store, trace: this.#trace }
    return new RemoteCluster({ ...options, name, cluster, inbound: this.#pulls, restored })
  }

  /** One that keeps the Syncs. */
  #manager({ holder, line, faulty, clock }: Equipment): Manager {
    const over = (port: ClusterApi): ClusterApi => faulty(line.over(port, { loses: true }))
    const connects = new Map(
      [...this.#clusters].map(([name, server]) => [name, this.#remotes.get(name)?.connectTo(this.#referee.over(server, holder), over)]),
    )
    const manager = new Manager({
      store: faulty(line.over(this.#referee.over(this.#store, holder), { loses: false })),
      connect: (request, options) => (connects.get(request.ref.name) as Connect)(request, options),
      management,
      clock,
      random: () => this.#random.next(),
      leaderElection: { namespace: 'default', name: 'leader', holder, durationMs: 30 * second },
      gracePeriodMs: 5 * second,
    })
    return this.#traced(manager.add(clusterController(), proxySyncController()), holder)
  }

  /** One that takes the Syncs from the management. */
  #puller(name: string, cluster: RestorableCluster, { holder, line, faulty, clock }: Equipment): Manager {
    const over = (port: ClusterApi): ClusterApi => faulty(line.over(port, { loses: true }))
    const port = faulty(line.over(this.#referee.over(cluster, holder), { loses: false }))
    const manager = new Manager({
      store: port,
      cluster: port,
      connect: (this.#remotes.get(name) as RemoteCluster).connectFrom(this.#referee.over(this.#store, holder), over),
      clock,
      random: () => this.#random.next(),
      leaderElection: { namespace: 'default', name: 'puller', holder, durationMs: 30 * second },
      gracePeriodMs: 5 * second,
    })
    return this.#traced(manager.add(pullSyncController()), holder)
  }

  /** One that applies the Syncs of its cluster. */
  #applier(cluster: RestorableCluster, { holder, line, faulty, clock }: Equipment): Manager {
    const port = faulty(line.over(this.#referee.over(cluster, holder), { loses: false }))
    const manager = new Manager({
      store: port,
      cluster: port,
      git: faulty(this.#git),
      renderers: [faulty(plainRenderer())],
      clock,
      random: () => this.#random.next(),
      leaderElection: { namespace: 'default', name: 'leader', holder, durationMs: 30 * second },
      gracePeriodMs: 5 * second,
    })
    manager.events.on('sync.started', () => this.attempts++)
    return this.#traced(manager.add(syncController()), holder)
  }

  #traced(manager: Manager, holder: string): Manager {
    manager.events.on('*', (event) => this.#trace(`${holder} ${formatEvent(event)}`))
    return manager
  }

  /** What is not as it should be in the end. */
  async #missing(): Promise<readonly string[]> {
    const messages: string[] = []
    for (const name of proxyNames) messages.push(...(await missingOf(name, this.#store, this.#clusters, this.#referee.suspended)))
    return messages
  }
}
