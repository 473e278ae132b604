import { nextTurn } from '../../async/turn.ts'
import type { AnyModule } from '../../model/kinds/bootstrap-module/read-module.ts'
import { type ClusterExpression, selectsCluster } from '../../model/kinds/module/selects-cluster.ts'
import type { ModuleRevision } from '../../model/kinds/module-revision/module-revision.ts'
import type { KubeObject } from '../../model/object.ts'
import { compileClusterExpression } from '../../plan/fleet/cluster-expression.ts'
import { fleetModuleOf } from '../../plan/fleet/objects/module-view.ts'
import type { FleetModule } from '../../plan/fleet/planner/input.ts'
import { canBeUnresolved, type Specialiser } from './specialiser.ts'

/** How many clusters are asked before others have a turn. */
const clustersPerTurn = 100

/** A Module as it is planned, and what of it goes by each cluster. */
export interface ReadModule {
  readonly module: FleetModule
  /** Whether it has to be read again when a cluster changes. */
  readonly isByCluster: boolean
  /** Why clusters cannot have it, by cluster. */
  readonly unresolved: ReadonlyMap<string, string>
}

/** Reads Modules: asks their expressions about the clusters, and looks whether their parameters have a value on each. */
export class ModuleReader {
  readonly #specialiser: Specialiser
  readonly #expressions: Map<string, Promise<ClusterExpression>> = new Map()

  constructor(specialiser: Specialiser) {
    this.#specialiser = specialiser
  }

  /** `undefined` while no revision of it is known. Rejects with `fleet/cluster-expression` for an expression that is none. */
  async read(module: AnyModule, revision: ModuleRevision | undefined, clusters: readonly KubeObject[]): Promise<ReadModule | undefined> {
    const { expr } = module.spec.clusters ?? {}
    const hasValues = revision !== undefined && canBeUnresolved(revision)
    const expression = expr === undefined ? undefined : await this.#expressionOf(expr)
    const names: string[] = []
    const unresolved = new Map<string, string>()
    if (expression !== undefined || hasValues) {
      for (const [at, cluster] of clusters.entries()) {
        if (at % clustersPerTurn === clustersPerTurn - 1) await nextTurn()
        const { name } = cluster.metadata
        const answer = selectsCluster(module.spec.clusters, cluster, expression)
        // Neither selected nor deselected: it stays as it is.
        if (answer !== false) names.push(name)
        if (typeof answer === 'string') unresolved.set(name, answer)
        if (answer !== true || !hasValues) continue
        const result = await this.#specialiser.of(revision, cluster)
        if ('problems' in result)
          unresolved.set(
            name,
            result.problems.map(({ path, found, accepted }) => `${path}: found ${found}, accepted ${accepted}`).join('; '),
          )
      }
    }
    const holds = Object.fromEntries([...unresolved.keys()].map((name) => [name, 'paused'] as const))
    const read = fleetModuleOf(module, {
      ...(expression !== undefined && { names }),
      ...(unresolved.size > 0 && { holds }),
    })
    return read && { module: read, isByCluster: expression !== undefined || hasValues, unresolved }
  }

  #expressionOf(text: string): Promise<ClusterExpression> {
    const known = this.#expressions.get(text) ?? compileClusterExpression(text)
    this.#expressions.set(text, known)
    return known
  }
}
