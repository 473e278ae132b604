import { onAbort } from '../../async/on-abort.ts'
import type { Explanation } from '../../plan/fleet/planner/plan.ts'
import type { RunContext } from '../runtime/context.ts'
import { Fleet } from './fleet.ts'
import type { ModuleOnCluster, RolloutControllerOptions } from './rollout-options.ts'
import { Sight } from './sight.ts'
import { timedStore } from './timed-store.ts'

/** The fleets of a store at work, one in each namespace. */
export class FleetsRun {
  readonly #options: RolloutControllerOptions
  readonly #context: RunContext
  readonly #fleets: Map<string, { readonly fleet: Fleet; readonly ended: Promise<void> }> = new Map()

  constructor(options: RolloutControllerOptions, context: RunContext) {
    this.#options = options
    this.#context = context
  }

  /** Works until the signal of the context aborts. */
  async run(): Promise<void> {
    const { signal } = this.#context
    await using sight = new Sight(this.#context, this.#options.namespaces)
    using _closing = onAbort(signal, () => void sight[Symbol.asyncDispose]())
    await sight.open()
    using _modules = sight.modules.subscribe(({ object: { metadata } }) => this.#of(metadata.namespace, sight).moduleChanged(metadata.name))
    using _clusters = sight.clusters.subscribe(({ object: { metadata } }) =>
      this.#of(metadata.namespace, sight).clusterChanged(metadata.name),
    )
    using _revisions = sight.revisions.subscribe(({ object: revision }) =>
      this.#of(revision.metadata.namespace, sight).revisionChanged(revision),
    )
    using _assemblages = sight.assemblages.subscribe(({ object: { namespace, view } }) =>
      this.#of(namespace, sight).assemblageChanged(view.cluster),
    )
    using _rollouts = sight.rollouts.subscribe(({ object: { namespace, name } }) => this.#of(namespace, sight).rolloutChanged(name))
    using _bootstrap = sight.bootstrapModules.subscribe(({ object: { metadata } }) =>
      this.#of(metadata.namespace, sight).moduleChanged(metadata.name),
    )
    using _direct = sight.direct.subscribe(({ object: { namespace, view } }) => {
      if (view !== undefined) this.#of(namespace, sight).assemblageChanged(view.cluster)
    })
    await new Promise<void>((resolve) => onAbort(signal, resolve))
    await Promise.all([...this.#fleets.values()].map(({ ended }) => ended))
  }

  /** Why a cluster has what it has of a Module. */
  explain({ namespace, cluster, module }: ModuleOnCluster): Explanation | undefined {
    return this.#fleets.get(namespace)?.fleet.explain(cluster, module)
  }

  #of(namespace = 'default', sight: Sight): Fleet {
    const known = this.#fleets.get(namespace)
    if (known !== undefined) return known.fleet
    const { store, clock } = this.#context
    const fleet = new Fleet(namespace, sight, this.#options, { ...this.#context, store: timedStore(store, clock) })
    this.#fleets.set(namespace, { fleet, ended: fleet.run() })
    return fleet
  }
}
