import { setCondition } from '../../../model/condition.ts'
import { hasCode } from '../../../model/errors/error.ts'
import { clusterStatusOf } from '../../../model/kinds/cluster/status.ts'
import type { KubeObject } from '../../../model/object.ts'
import { assignedIn, clusterUidAnnotation } from '../../../plan/fleet/objects/assemblage-view.ts'
import type { Store } from '../../../ports/store.ts'
import { type Assumptions, toMs } from '../../../rollout/forecast/assumptions.ts'
import { Outcomes } from '../../../rollout/forecast/outcomes.ts'
import type { VirtualClock } from '../../virtual-clock.ts'
import type { FleetState } from '../judge/fleet-state.ts'
import type { SimulatedWorld } from '../options.ts'
import type { FailingPair } from '../scenario.ts'
import type { Clusters } from './clusters.ts'
import { type Assigned, reported } from './report.ts'

export interface AnsweringOptions {
  /** As others than managers see it. */
  readonly store: Store
  readonly state: FleetState
  readonly clock: VirtualClock
  readonly random: () => number
  readonly world: SimulatedWorld
  /** By Module, the version that it began with: where clusters fail, they fail with others. */
  readonly first: ReadonlyMap<string, string>
  readonly refOf: (
    kind: string,
    name: string,
  ) => { readonly apiVersion: string; readonly kind: string; readonly namespace: string; readonly name: string }
}

/** What a cluster is to say of one assignment, and from when on. */
interface Due {
  readonly generation: number
  readonly at: number
  readonly phase: 'Ready' | 'Failed'
}

/** Clusters that are no more than what they say of what they are assigned: thousands of them. */
export class AnsweringClusters implements Clusters {
  readonly #options: AnsweringOptions
  readonly #outcomes: Outcomes = new Outcomes()
  /** By the uid of a cluster and Module. */
  readonly #due: Map<string, Due> = new Map()
  readonly #stop: AbortController = new AbortController()
  #failing: SimulatedWorld['failing']
  /** Pairs that fail, or do not, because the scenario says so. */
  readonly #said: Map<string, boolean> = new Map()
  #answers: Promise<void> = Promise.resolve()
  isInstant = false

  constructor(options: AnsweringOptions) {
    this.#options = options
    this.#failing = options.world.failing
  }

  async reach(name: string, isOk: boolean): Promise<void> {
    const { store, refOf, clock } = this.#options
    const ref = refOf('Cluster', name)
    const object = await store.get(ref)
    if (object === undefined) return
    const { conditions, ...status } = clusterStatusOf(object)
    const ready = { type: 'Ready', status: isOk ? 'True' : 'False', reason: isOk ? 'Reachable' : 'Unreachable', message: '' } as const
    await store.update(
      { ...object, status: { ...status, conditions: setCondition(conditions ?? [], ready, clock.now()) } as never },
      { subresource: 'status' },
    )
    // What it has done meanwhile it says now.
    if (isOk) this.#answerAfter(name, 0)
  }

  /** What a cluster is assigned has changed: it will say what becomes of that. */
  assigned(name: string): void {
    const object = this.#options.state.assemblages.get(name)
    if (object === undefined) return
    const waits = new Set<number>()
    for (const module of assignedIn(object).values()) {
      const key = keyOf(object, module.name)
      if (this.#due.get(key)?.generation === module.generation) continue
      const due = this.#dueOf(name, module, key)
      this.#due.set(key, due)
      waits.add(due.at - this.#options.clock.now())
    }
    // Nothing new: something was taken.
    if (waits.size === 0) waits.add(this.#isInstantMs ?? this.#takes(name))
    for (const ms of waits) this.#answerAfter(name, ms)
  }

  fail(pair: FailingPair, isFailing: boolean): void {
    this.#said.set(`${pair.cluster} ${pair.module} ${pair.version}`, isFailing)
  }

  heal(): void {
    for (const [key] of this.#said) this.#said.set(key, false)
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#answers
  }

  get #isInstantMs(): number | undefined {
    return this.isInstant ? 0 : undefined
  }

  #dueOf(cluster: string, { name: module, revision, generation }: Assigned, key: string): Due {
    const { state, world, first, clock } = this.#options
    const labels = state.clusters.get(cluster)?.object.metadata.labels
    const version = state.versionOf(revision) ?? revision
    const said = this.#said.get(`${cluster} ${module} ${version}`)
    const failing = this.#failing
    const isRule = typeof failing === 'function'
    const mayFail = said ?? (isRule ? failing({ cluster, labels: labels ?? {}, module, version }) : version !== first.get(module))
    const assume: Assumptions = {
      readyAfter: this.#takes(cluster),
      failsAfter: world.failsAfter,
      failsTimes: said === true ? undefined : world.failsTimes,
      failing: said === true || isRule ? {} : failing,
    }
    const { phase, takes } = this.#outcomes.next({ id: cluster, labels }, mayFail && !this.isInstant, assume, key)
    return { generation, at: clock.now() + (this.#isInstantMs ?? takes), phase: phase === 'ready' ? 'Ready' : 'Failed' }
  }

  #takes(cluster: string): number {
    const { readyAfter = '1m' } = this.#options.world
    if (typeof readyAfter === 'function') return toMs(readyAfter(cluster), 'readyAfter')
    if (!Array.isArray(readyAfter)) return toMs(readyAfter as number | string, 'readyAfter')
    const [least, most] = readyAfter.map((span) => toMs(span, 'readyAfter')) as [number, number]
    return least + this.#options.random() * (most - least)
  }

  #answerAfter(name: string, ms: number): void {
    const answer = (): Promise<void> => {
      this.#answers = this.#answers.then(() => this.#answer(name))
      return this.#answers
    }
    void this.#options.clock.sleep(ms, { signal: this.#stop.signal }).then(answer, () => {})
  }

  async #answer(name: string): Promise<void> {
    const { store, state, refOf, clock } = this.#options
    const object = await store.get(refOf('RemoteAssemblage', name))
    const cluster = state.clusters.get(name)
    if (object === undefined || !cluster?.isReachable) return
    // It was made for another cluster of the name.
    if (object.metadata.annotations?.[clusterUidAnnotation] !== cluster.uid) return
    const phases = new Map<Assigned, Due['phase']>()
    for (const module of assignedIn(object).values()) {
      const due = this.#due.get(keyOf(object, module.name))
      if (due?.generation === module.generation && due.at <= clock.now()) phases.set(module, due.phase)
    }
    const next = reported(object, phases, clock.now())
    if (next === undefined) return
    try {
      await store.update(next, { subresource: 'status' })
    } catch (error) {
      if (hasCode(error, 'store/conflict')) this.#answerAfter(name, 0)
      else if (!hasCode(error, 'store/not-found')) throw error
    }
  }
}

function keyOf({ metadata }: KubeObject, module: string): string {
  return `${metadata.annotations?.[clusterUidAnnotation]} ${module}`
}
