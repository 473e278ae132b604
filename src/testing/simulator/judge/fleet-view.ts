import { getCondition } from '../../../model/condition.ts'
import type { ModuleStatus } from '../../../model/kinds/module/types.generated.ts'
import { type LabelSelector, matchesSelector } from '../../../model/selector.ts'
import type { RolloutPhase } from '../../../rollout/planner/plan.ts'
import type { FleetState } from './fleet-state.ts'
import { isUpdating, type Pair } from './happening.ts'

/** A module on a cluster. Versions are tags, or commits where there is no tag. */
export interface SimulatedPair {
  readonly cluster: string
  readonly module: string
  /** What it is to have; absent while it is to be rid of the module. */
  readonly assigned?: string | undefined
  /** What it is ready with. */
  readonly ready?: string | undefined
  /** `updating`: it has said nothing yet of what it is to have. */
  readonly state: 'updating' | 'ready' | 'failed' | 'removing'
}

/** A fleet as its objects are stored. */
export interface FleetView {
  /** Milliseconds from the beginning. */
  readonly now: number
  /** The names of the clusters that there are. */
  readonly clusters: readonly string[]
  /** The labels of a cluster; none of one that is not there. */
  labels(cluster: string): Readonly<Record<string, string>>
  /** Whether a cluster can be reached. */
  isReachable(cluster: string): boolean
  /** How far the rollout of a module is, as its status says; `undefined` while it says nothing. */
  phase(module: string): RolloutPhase | undefined
  /** What the status of a module says, for people. */
  message(module: string): string
  /** A module on a cluster; `undefined` where there is nothing of it. */
  pair(cluster: string, module: string): SimulatedPair | undefined
  /** What a cluster is ready with. */
  version(cluster: string, module: string): string | undefined
  /** Everything that clusters have, or are to have; of some clusters by their labels. */
  pairs(selector?: LabelSelector): readonly SimulatedPair[]
  /** What is updating. */
  updating(selector?: LabelSelector): readonly SimulatedPair[]
  /** What has failed. */
  failed(selector?: LabelSelector): readonly SimulatedPair[]
}

/** Makes the view of a state. */
export class StateView implements FleetView {
  protected readonly state: FleetState
  readonly #now: () => number

  constructor(state: FleetState, now: () => number) {
    this.state = state
    this.#now = now
  }

  get now(): number {
    return this.#now()
  }

  get clusters(): readonly string[] {
    return [...this.state.clusters.keys()]
  }

  labels(cluster: string): Readonly<Record<string, string>> {
    return this.state.clusters.get(cluster)?.object.metadata.labels ?? {}
  }

  isReachable(cluster: string): boolean {
    return this.state.clusters.get(cluster)?.isReachable ?? false
  }

  phase(module: string): RolloutPhase | undefined {
    return this.#status(module).phase as RolloutPhase | undefined
  }

  message(module: string): string {
    return getCondition(this.#status(module).conditions ?? [], 'Ready')?.message ?? ''
  }

  pair(cluster: string, module: string): SimulatedPair | undefined {
    const pair = this.state.pair(cluster, module)
    return pair && this.#read(pair)
  }

  version(cluster: string, module: string): string | undefined {
    return this.pair(cluster, module)?.ready
  }

  pairs(selector?: LabelSelector): readonly SimulatedPair[] {
    const selects = ({ cluster }: Pair): boolean => selector === undefined || matchesSelector(selector, this.labels(cluster))
    return [...this.state.allPairs()].filter(selects).map((pair) => this.#read(pair))
  }

  updating(selector?: LabelSelector): readonly SimulatedPair[] {
    return this.pairs(selector).filter(({ state }) => state === 'updating')
  }

  failed(selector?: LabelSelector): readonly SimulatedPair[] {
    return this.pairs(selector).filter(({ state }) => state === 'failed')
  }

  #read(pair: Pair): SimulatedPair {
    const { cluster, module, revision, has, phase, isAssigned } = pair
    const state = !isAssigned ? 'removing' : isUpdating(pair) ? 'updating' : phase === 'Failed' ? 'failed' : 'ready'
    return {
      cluster,
      module,
      ...(isAssigned && { assigned: this.state.versionOf(revision) }),
      ...(phase === 'Ready' && { ready: this.state.versionOf(has) }),
      state,
    }
  }

  #status(module: string): Partial<ModuleStatus> {
    return (this.state.modules.get(module)?.status ?? {}) as Partial<ModuleStatus>
  }
}
