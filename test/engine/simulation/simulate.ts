import {
  type ClusterApi,
  clusterController,
  type KubeObject,
  Manager,
  type ManagerOptions,
  ownerOf,
  remoteSyncController,
  type Store,
  type SyncStatus,
  syncController,
} from 'fleetkit'
import { definitionOf, kinds } from 'fleetkit/kinds'
import { parseInventory } from 'fleetkit/manifest'
import { memoryCluster, memoryStore } from 'fleetkit/memory'
import { plainRenderer } from 'fleetkit/plain'
import { type FaultControl, type FaultPlan, VirtualClock, withFaults } from 'fleetkit/testing'
import { formatEvent } from 'fleetkit/views'
import { Random } from '../../rollout/simulation/random.ts'
import { refOfKey } from './facts.ts'
import { Line } from './line.ts'
import { Others } from './others.ts'
import { Referee } from './referee.ts'
import { RemoteCluster } from './remote-cluster.ts'
import { management, type Unit, type UnitKind, units } from './units.ts'
import { type Key, keyOf, syncNames, VersionedSource, valueIn } from './versions.ts'
import type { Violation } from './violation.ts'

export interface SimulateOptions {
  /** What the world is of. Syncs by default. */
  readonly kind?: UnitKind | undefined
  /** How many things happen before everything heals. The first ones are the same however many follow. */
  readonly steps?: number | undefined
  /** Told what happens, line by line. */
  readonly trace?: ((line: string) => void) | undefined
}

/** What came of a simulation. */
export interface Simulated {
  readonly violations: readonly Violation[]
  /** How many faults were injected, and how many attempts were made. */
  readonly faults: number
  readonly attempts: number
}

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

/** One process with a manager, and its lines to everything. */
interface Process {
  readonly holder: string
  readonly line: Line
  readonly faults: readonly FaultControl[]
  readonly clock: { skewMs: number }
  readonly stop: AbortController
  readonly done: Promise<void>
  ended: boolean
}

/**
 * A random world from beginning to end, in virtual time: Syncs that share objects, managers that compete for a lease and die, ports that fail in
 * every way, others who change everything at any time; then everything heals. The same seed gives the same.
 */
export async function simulate(seed: number, { kind = 'Sync', steps = 25, trace }: SimulateOptions = {}): Promise<Simulated> {
  // What a process loads with its first attempt takes real turns: no later world has them.
  const warmed = warm.get(kind) ?? run(new World(0, kind), 10)
  warm.set(kind, warmed)
  await warmed
  return run(new World(seed, kind, trace), steps)
}

const warm = new Map<UnitKind, Promise<Simulated>>()

async function run(world: World, steps: number): Promise<Simulated> {
  await world.begin()
  for (let step = 0; step < steps && world.referee.violations.length === 0; step++) await world.step()
  if (world.referee.violations.length === 0) await world.end()
  await world.stop()
  return { violations: world.referee.violations, faults: world.faults, attempts: world.attempts }
}

class World {
  readonly random: Random
  readonly clock: VirtualClock = new VirtualClock()
  readonly referee: Referee
  readonly trace: (line: string) => void
  attempts = 0
  faults = 0
  readonly #versions: VersionedSource
  readonly #cluster: ReturnType<typeof memoryCluster>
  /** Where Syncs are kept: in the cluster itself, as they mostly are, or beside it. */
  readonly #store: ReturnType<typeof memoryStore>
  readonly #unit: Unit
  readonly #others: Others
  /** Where the cluster is reached from elsewhere. */
  readonly #remote: RemoteCluster | undefined
  readonly #plan: Omit<FaultPlan, 'seed'>
  #processes: Process[] = []
  /** Lines of processes that gave up, over which calls may still arrive. */
  #adrift: Line[] = []
  #started = 0

  constructor(seed: number, kind: UnitKind, trace?: SimulateOptions['trace']) {
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
    const remote = isRemote ? new RemoteCluster(all) : undefined
    this.#remote = remote
    this.#others = new Others({ ...all, happen: remote && (() => remote.happen()) })
    const rate = (most: number): number => (random.chance(0.5) ? 0 : random.next() * most)
    this.#plan = {
      fail: rate(0.1),
      lose: rate(0.1),
      twice: rate(0.1),
      hang: rate(0.02),
      late: rate(0.02),
      lateMs: 30 * second,
      drop: rate(0.1),
      relist: rate(0.1),
      delayMs: rate(2 * second),
      clock: this.clock,
    }
  }

  async begin(): Promise<void> {
    await this.#cluster.apply([widgets, definitionOf(kinds.Sync)], { fieldManager: 'helm' })
    await this.#remote?.begin()
    for (const name of syncNames) await this.#others.create(name)
    for (let index = 0; index < 2; index++) this.#start()
  }

  /** Something happens, and time passes. */
  async step(): Promise<void> {
    const { random } = this
    const process = random.pick(this.#processes)
    const happens = random.next()
    // In the middle of what it does next.
    if (happens < 0.05) process.line.cutAfter(random.below(30), () => this.#kill(process))
    else if (happens < 0.15) this.#hold(process)
    else if (happens < 0.18) process.clock.skewMs += (random.next() - 0.5) * 1000 * minute
    if (happens < 0.15) await this.#others.respecify(random.pick(syncNames))
    for (const line of this.#adrift.splice(0, random.below(2))) line.release()
    if (happens >= 0.18) await this.#others.act()
    await this.clock.advance(random.pick([0, 1, 5, 20, 60, 200]) * second * random.next())
    this.#restart()
  }

  /** The faults end, and everything comes to what is wanted. */
  async end(): Promise<void> {
    this.trace('everything heals')
    await this.#others.letGo()
    await this.#remote?.heal()
    for (const process of this.#processes) {
      const hangs = process.faults.some(({ injected }) =>
        injected.some(({ method, fault }) => fault === 'hang' && ['watch', 'list'].includes(method)),
      )
      for (const each of process.faults) each.heal()
      process.line.release()
      // A watch that went silent is given up by the connection; here by the process.
      if (hangs) this.#kill(process)
    }
    for (const line of this.#adrift) line.release()
    let missing: readonly string[] = []
    for (let waited = 0; waited < 60; waited += 6) {
      await this.clock.advance(6 * minute)
      this.#restart()
      missing = await this.#missing()
      if (missing.length === 0) return
    }
    for (const message of missing) this.referee.says('convergence', message)
  }

  async stop(): Promise<void> {
    for (const process of this.#processes) this.#kill(process)
    await this.clock.advance(40 * second)
  }

  #start(): void {
    const { random, referee, trace } = this
    const [line, stop, clock] = [new Line(), new AbortController(), { skewMs: 0 }]
    const holder = `m${++this.#started}`
    const faults: FaultControl[] = []
    const faulty = <Port extends Parameters<typeof withFaults>[0]>(port: Port): Port => {
      const made = withFaults(port, { ...this.#plan, seed: random.below(2 ** 31) })
      faults.push(made.faults)
      if (this.#others.quiet) made.faults.heal()
      return made
    }
    const manager = new Manager({
      ...this.#serversOver(line, holder, faulty),
      git: faulty(this.#versions.git),
      renderers: [faulty(plainRenderer())],
      clock: {
        now: () => this.clock.now() + clock.skewMs,
        monotonic: () => this.clock.monotonic(),
        sleep: (ms, options) => this.clock.sleep(ms, options),
      },
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
    const done = manager.run({ signal: stop.signal }).catch(() => {})
    const process: Process = { holder, line, faults, clock, stop, done, ended: false }
    void done.then(() => {
      process.ended = true
      referee.stopped(holder)
    })
    this.#processes.push(process)
  }

  /** The store and the cluster as one manager reaches them. */
  #serversOver(
    line: Line,
    holder: string,
    faulty: <Port extends Store>(port: Port) => Port,
  ): Pick<ManagerOptions, 'store' | 'cluster' | 'connect' | 'management'> {
    const shared = this.#store === this.#cluster
    const refereed = this.referee.over<ClusterApi>(this.#cluster, holder)
    const over = (port: ClusterApi): ClusterApi => faulty(line.over(port, { loses: !shared }))
    const cluster = this.#remote === undefined ? over(refereed) : undefined
    const store = shared && cluster !== undefined ? cluster : faulty(line.over(this.referee.over(this.#store, holder), { loses: false }))
    return cluster === undefined ? { store, connect: this.#remote?.connectTo(refereed, over), management } : { store, cluster }
  }

  #hold({ holder, line }: Process): void {
    this.trace(`${holder} is ${line.holds ? 'connected again' : 'cut off'}`)
    if (line.holds) line.release()
    else line.hold(this.random.below(30))
  }

  #kill(process: Process): void {
    this.trace(`${process.holder} dies`)
    this.referee.stopped(process.holder)
    process.line.cut()
    process.stop.abort()
    process.ended = true
    this.faults += process.faults.reduce((sum, { injected }) => sum + injected.length, 0)
  }

  /** Something starts each process again that has ended. */
  #restart(): void {
    const ended = this.#processes.filter((process) => process.ended)
    this.#processes = this.#processes.filter((process) => !process.ended)
    for (const process of ended) {
      if (process.line.holds) this.#adrift.push(process.line)
      else this.#kill(process)
      this.#start()
    }
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
