import { type KubeObject, Module, type ModuleInput, type RemoteAssemblageSpec } from 'fleetkit'
import { retryAnnotation } from 'fleetkit/fleet'
import { type FleetSimulation, type SimulatedFleet, simulateFleet, VirtualClock } from 'fleetkit/testing'
import { drawFaults } from '../../internals.ts'
import { Random } from '../../rollout/simulation/random.ts'

const second = 1000
const namespace = 'fleet'
const url = 'https://git.example.com/shop.git'
const clusterNames = ['c1', 'c2', 'c3', 'c4', 'c5', 'c6']
const tags = ['v1', 'v2', 'v3', 'v4']
/** Each needs the one before. */
const moduleNames = ['base', 'shop', 'web']

const strategies: readonly ModuleInput['spec']['rollout'][] = [
  { allAtOnce: {} },
  { rolling: { maxUnavailable: 1 } },
  {
    staged: {
      stages: [
        { name: 'canary', limit: 1, soak: '1m' },
        { name: 'fleet', maxConcurrency: 2 },
      ],
    },
  },
]

/** Modules, clusters that answer as they like, and managers that compete for the lease and die; people do everything at any time. */
export function simulateModules(seed: number, steps: number): Promise<FleetSimulation> {
  const random = new Random(seed)
  const { clock: _, ...faults } = drawFaults(() => random.next(), new VirtualClock())
  const limit = 1 + random.below(3)
  const clusters = clusterNames.slice(0, 3 + random.below(3)).map((id) => ({ id, labels: { tier: random.pick(['prod', 'test']) } }))
  const people = new People(random)
  return simulateFleet({
    seed,
    clusters,
    modules: moduleNames.slice(0, 1 + random.below(3)).map((name) => people.moduleOf(name, 0)),
    installed: false,
    policy: { budgets: [{ id: 'fleet', limit }] },
    world: { readyAfter: () => random.pick([0, 1, 10, 60]) * second * random.next(), managers: 2, faults },
    during: 0,
    scenario: async (fleet) => {
      for (let step = 0; step < steps; step++) await people.step(fleet)
      await people.end(fleet)
    },
  })
}

/** What is done to a fleet, and what its managers suffer. */
class People {
  readonly #random: Random
  #isBraked = false

  constructor(random: Random) {
    this.#random = random
  }

  /** Something happens, and time passes. */
  async step(fleet: SimulatedFleet): Promise<void> {
    const random = this.#random
    const happens = random.next()
    if (happens < 0.05) await fleet.crash()
    else if (happens < 0.15) await fleet.cutOff()
    else if (happens < 0.18) await fleet.skew()
    if (random.chance(0.6)) await this.#act(fleet)
    await fleet.after(random.pick([0, 1, 5, 20, 60, 200]) * second * random.next())
  }

  /** Everything heals, and is to come to the end. */
  async end(fleet: SimulatedFleet): Promise<void> {
    await fleet.heal()
    await fleet.handbrake(false)
    const there = (await fleet.store.list({ apiVersion: 'fleetkit.dev/v1alpha1', kind: 'Module' }, { namespace })).items
    // A rollout that was halted goes on with another version, and one that needs another one goes on once that is there.
    for (const { metadata } of there) await fleet.suspend(metadata.name, false)
    const isGoing = (name: string): boolean =>
      there.some(({ metadata }) => metadata.name === name && metadata.deletionTimestamp !== undefined)
    const first = moduleNames.findIndex(isGoing)
    // What needs one that goes has to go too.
    if (first >= 0) for (const name of moduleNames.slice(first)) await fleet.remove(name)
    const last = Math.max(...there.map(({ metadata }) => moduleNames.indexOf(metadata.name)))
    const kept = moduleNames.slice(0, first < 0 ? last + 1 : first)
    for (const name of kept) await fleet.add(this.moduleOf(name, fleet.now, { tag: 'v4', suspend: false }))
    await fleet.until((view) => kept.every((name) => view.phase(name) === 'Complete'), '6h')
  }

  moduleOf(name: string, now: number, fixed: { readonly tag?: string; readonly suspend?: boolean } = {}): Module {
    const random = this.#random
    const { tag = random.pick(tags), suspend = random.chance(0.1) } = fixed
    const at = moduleNames.indexOf(name)
    const need = moduleNames[at - 1]
    const isSome = random.chance(0.2)
    return new Module({
      metadata: { name, namespace, annotations: { [retryAnnotation]: `${now}` } },
      spec: {
        source: { git: { url, tag } },
        suspend,
        rollout: random.pick(strategies),
        // What is needed is everywhere.
        clusters: isSome && at === moduleNames.length - 1 ? { matchLabels: { tier: 'prod' } } : {},
        ...(need !== undefined && { dependsOn: [{ name: need }] }),
      },
    })
  }

  /** Something that people, clusters or other programs do. */
  async #act(fleet: SimulatedFleet): Promise<void> {
    const random = this.#random
    const [cluster, module] = [random.pick(clusterNames), random.pick(moduleNames)]
    const isThere = fleet.clusters.includes(cluster)
    const labels = { tier: random.pick(['prod', 'test']) }
    const act = random.below(12)
    if (act <= 3) return this.#specify(fleet, module)
    if (act === 4) return isThere ? undefined : fleet.join({ id: cluster, labels })
    if (act === 9) return random.chance(0.3) ? fleet.remove(module) : this.#forget(fleet, module)
    if (act === 10) return fleet.fail({ cluster, module, version: random.pick(tags) })
    if (act === 7) {
      this.#isBraked = !this.#isBraked && random.chance(0.5)
      return fleet.handbrake(this.#isBraked)
    }
    if (!isThere) return undefined
    if (act === 5) return fleet.leave(cluster)
    if (act === 6) return random.chance(0.5) ? fleet.find(cluster) : fleet.lose(cluster)
    return act === 8 ? this.#edit(fleet, cluster) : fleet.relabel(cluster, labels)
  }

  async #specify(fleet: SimulatedFleet, name: string): Promise<void> {
    const present = await fleet.store.get(fleet.refOf('Module', name))
    if (present?.metadata.deletionTimestamp === undefined) await fleet.add(this.moduleOf(name, fleet.now))
  }

  /** What is remembered of a rollout is lost. */
  async #forget(fleet: SimulatedFleet, name: string): Promise<void> {
    const ref = fleet.refOf('Rollout', name)
    if ((await fleet.store.get(ref)) !== undefined) await fleet.store.delete(ref)
  }

  /** A person takes something out of what a cluster is assigned. */
  async #edit(fleet: SimulatedFleet, cluster: string): Promise<void> {
    const present = (await fleet.store.get(fleet.refOf('RemoteAssemblage', cluster))) as KubeObject | undefined
    const { modules = [], ...spec } = (present?.spec ?? {}) as RemoteAssemblageSpec
    if (present === undefined || modules.length === 0) return
    await fleet.store.update({ ...present, spec: { ...spec, modules: modules.slice(1) } as never })
  }
}
