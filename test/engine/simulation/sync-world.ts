import {
  type ClusterApi,
  clusterController,
  type KubeObject,
  Manager,
  type ManagerOptions,
  ownerOf,
  remoteSyncController,
  type SyncStatus,
  syncController,
} from 'fleetkit'
import { definitionOf, kinds } from 'fleetkit/kinds'
import { parseInventory } from 'fleetkit/manifest'
import { memoryCluster, memoryStore } from 'fleetkit/memory'
import { plainRenderer } from 'fleetkit/plain'
import { VirtualClock } from 'fleetkit/testing'
import { formatEvent } from 'fleetkit/views'
import { drawFaults, type Equipment, type Faulty, type Line, Processes } from '../../internals.ts'
import { Random } from '../../rollout/simulation/random.ts'
import { refOfKey } from './facts.ts'
import { Others } from './others.ts'
import { Referee } from './referee.ts'
import { RemoteCluster, type RestoreEffect } from './remote-cluster.ts'
import { clusterRef, management, type Unit, type UnitKind, units } from './units.ts'
import { type Key, keyOf, syncNames, VersionedSource, valueIn } from './versions.ts'
import type { Violation } from './violation.ts'
import type { World } from './world.ts'

const second = 1000
const minute = 60 * second
const widgets: KubeObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    names: { kind: 'Widget', plural: 'widgets' },
    scope: 'Namespaced',
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
  },
}

/** Syncs, or RemoteSyncs, of one cluster that share objects. */
export class SyncWorld implements World {
  readonly random: Random
  readonly clock: VirtualClock = new VirtualClock()
  readonly referee: Referee
  readonly trace: (line: string) => void
  attempts = 0
  readonly #versions: VersionedSource
  readonly #cluster: ReturnType<typeof memoryCluster>
  /** Where Syncs are kept: in the cluster itself, as they mostly are, or beside it. */
  readonly #store: ReturnType<typeof memoryStore>
  readonly #unit: Unit
  readonly #others: Others
  /** Where the cluster is reached from elsewhere. */
  readonly #remote: RemoteCluster | undefined
  readonly #processes: Processes

  constructor(seed: number, kind: UnitKind, trace?: (line: string) => void) {
    const random = new Random(seed)
    this.random = random
    this.trace = (line) => trace?.(`${new Date(this.clock.now()).toISOString().slice(11, 23)} ${line}`)
    let uids = 0
    const uid = (): string => `uid-${++uids}`
    this.#cluster = memoryCluster({ clock: this.clock, uid })
    this.#unit = units[kind]
    const isRemote = kind === 'RemoteSync'
    this.#store = !isRemote && random.chance(0.5) ? this.#cluster : memoryStore({ clock: this.clock, uid })
    this.#versions = new VersionedSource(random)
    const servers = { store: this.#store, cluster: this.#cluster, versions: this.#versions, unit: this.#unit, trace: this.trace }
    const now = (): number => this.clock.now()
    this.referee = new Referee({ ...servers, now, interfere: (method, ref) => this.#others.interfere(method, ref) })
    const all = { ...servers, cluster: this.#cluster, clock: this.clock, random, referee: this.referee }
    const restored = (restore: () => Promise<RestoreEffect>): Promise<void> => this.referee.restored(restore)
    const remote = isRemote ? new RemoteCluster({ ...all, name: clusterRef.name, restored }) : undefined
    this.#remote = remote
    this.#others = new Others({ ...all, happen: remote && (() => remote.happen()) })
    this.#processes = new Processes({
      random: () => random.next(),
      clock: this.clock,
      plan: drawFaults(() => random.next(), this.clock),
      prefix: 'm',
      make: (equipment) => this.#manager(equipment),
      isQuiet: () => this.#others.quiet,
      stopped: (holder) => this.referee.stopped(holder),
      trace: this.trace,
    })
  }

  get violations(): readonly Violation[] {
    return this.referee.violations
  }

  get faults(): number {
    return this.#processes.faults
  }

  async begin(): Promise<void> {
    await this.#cluster.apply([widgets, definitionOf(kinds.Sync)], { fieldManager: 'helm' })
    await this.#remote?.begin()
    for (const name of syncNames) await this.#others.create(name)
    for (let index = 0; index < 2; index++) this.#processes.start()
  }

  async step(): Promise<void> {
    const { random } = this
    const happens = this.#processes.disturb()
    if (happens === 'interrupted') await this.#others.respecify(random.pick(syncNames))
    this.#processes.letArrive()
    if (happens === undefined) await this.#others.act()
    await this.clock.advance(random.pick([0, 1, 5, 20, 60, 200]) * second * random.next())
    this.#processes.restart()
  }

  async end(): Promise<void> {
    this.trace('everything heals')
    await this.#others.letGo()
    await this.#remote?.heal()
    this.#processes.heal()
    let missing: readonly string[] = []
    for (let waited = 0; waited < 60; waited += 6) {
      await this.clock.advance(6 * minute)
      this.#processes.restart()
      missing = await this.#missing()
      if (missing.length === 0) return
    }
    for (const message of missing) this.referee.says('convergence', message)
  }

  async stop(): Promise<void> {
    this.#processes.killAll()
    await this.clock.advance(40 * second)
  }

  #manager({ holder, line, faulty, clock }: Equipment): Manager {
    const { random, referee, trace } = this
    const manager = new Manager({
      ...this.#serversOver(line, holder, faulty),
      git: faulty(this.#versions.git),
      renderers: [faulty(plainRenderer())],
      clock,
      random: () => random.next(),
      leaderElection: { namespace: 'default', name: 'leader', holder, durationMs: 30 * second },
      gracePeriodMs: 5 * second,
    })
    manager.add(...(this.#remote === undefined ? [syncController()] : [clusterController(), remoteSyncController()]))
    manager.events.on('*', (event) => trace(`${holder} ${formatEvent(event)}`))
    manager.events.on('controller.reconciled', ({ ref }) => referee.reconciled(ref.name))
    manager.events.on('controller.error', ({ ref }) => referee.interrupted(ref.name))
    manager.events.on('sync.started', ({ sync }) => {
      this.attempts++
      referee.started(sync.name, holder)
    })
    manager.events.on('sync.failed', ({ sync }) => referee.interrupted(sync.name))
    return manager
  }

  /** The store and the cluster as one manager reaches them. */
  #serversOver(line: Line, holder: string, faulty: Faulty): Pick<ManagerOptions, 'store' | 'cluster' | 'connect' | 'management'> {
    const shared = this.#store === this.#cluster
    const refereed = this.referee.over<ClusterApi>(this.#cluster, holder)
    const over = (port: ClusterApi): ClusterApi => faulty(line.over(port, { loses: !shared }))
    const cluster = this.#remote === undefined ? over(refereed) : undefined
    const store = shared && cluster !== undefined ? cluster : faulty(line.over(this.referee.over(this.#store, holder), { loses: false }))
    return cluster === undefined ? { store, connect: this.#remote?.connectTo(refereed, over), management } : { store, cluster }
  }

  /** What is not as it should be in the end. */
  async #missing(): Promise<readonly string[]> {
    const syncs = (await Promise.all(syncNames.map((name) => this.referee.sync(name)))).filter((sync) => sync !== undefined)
    const messages: string[] = []
    for (const sync of syncs) messages.push(...(await this.#missingOf(sync)))
    for (const name of syncNames.filter((each) => !syncs.some(({ metadata }) => metadata.name === each)))
      for (const object of await this.referee.objectsOf(name))
        if (!this.referee.orphaned.has(object.metadata.uid ?? '')) messages.push(`${keyOf(object)} of ${name} is still there`)
    return messages
  }

  async #missingOf(sync: KubeObject): Promise<readonly string[]> {
    const { name } = sync.metadata
    const own = this.#unit.ownerOf(name)
    if (sync.metadata.deletionTimestamp !== undefined) return [`${name} is still being deleted`]
    const status = (sync.status ?? {}) as SyncStatus
    const wanted = this.#versions.wantedBy(sync)
    const messages: string[] = []
    const refusedKeys: Key[] = []
    const missing: string[] = []
    for (const [key, value] of wanted) {
      const object = await this.#cluster.get(refOfKey(key))
      const owner = object && ownerOf(object)
      if (owner === own && object !== undefined && valueIn(object) === value) continue
      const mayRefuse = object !== undefined && owner !== own && (await this.#isHeld(object, owner))
      if (mayRefuse) refusedKeys.push(key)
      else missing.push(`${key} of ${name} is ${object === undefined ? 'missing' : valueIn(object)}, wanted ${value}`)
    }
    const refused = refusedKeys.length > 0
    const ready = status.conditions?.find(({ type }) => type === 'Ready')
    if (ready?.status !== (refused ? 'False' : 'True'))
      messages.push(`${name} is Ready=${ready?.status}, refused: ${refusedKeys.join()}: ${ready?.message}`)
    if (!refused && status.observedGeneration !== sync.metadata.generation) messages.push(`${name} observes ${status.observedGeneration}`)
    // What comes after something that is refused is not applied.
    if (refused) return messages
    messages.push(...missing)
    // What another one is to have stays until it has it.
    const claimed = await this.referee.wantedByOthers(name)
    const objects = (await this.referee.objectsOf(name)).filter(({ metadata }) => !this.referee.orphaned.has(metadata.uid ?? ''))
    for (const key of objects.map(keyOf)) if (!wanted.has(key) && !claimed.has(key)) messages.push(`${key} of ${name} is still there`)
    const recorded = parseInventory(status.inventory)
      .map(({ kind, name }) => `${kind}/${name}`)
      .filter((key) => wanted.has(key) || !claimed.has(key))
    if (recorded.sort().join() !== [...wanted.keys()].sort().join()) messages.push(`the inventory of ${name} is ${recorded.join()}`)
    return messages
  }

  /** Whether an object is no one's, or of a Sync that wants it or left it, or was edited by a person who is not asked. */
  async #isHeld(object: KubeObject, owner: string | undefined): Promise<boolean> {
    if (owner === undefined || valueIn(object) === 'edited') return true
    const sync = await this.referee.sync(owner.split('/')[1] ?? '')
    return sync === undefined || this.#versions.wantedBy(sync).has(keyOf(object))
  }
}
