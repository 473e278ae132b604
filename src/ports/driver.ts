import type { Problem } from '../model/errors/problem.ts'
import type { DriverChange, DriverInput, Observation, SyncVerdict } from '../model/kinds/assemblage/driver-input.ts'
import type { AssembledSync } from '../model/kinds/assemblage/types.generated.ts'
import type { KubeObject } from '../model/object.ts'
import type { ObjectRef, TypeRef } from '../model/reference.ts'
import type { ClusterApi } from './cluster.ts'
import type { CallOptions, Store } from './store.ts'

/**
 * What a {@link Driver} works through.
 *
 * @category Ports
 */
export interface DriverOptions extends CallOptions {
  /** Where the objects that syncs are made of are kept. */
  readonly store: Store
  /** The cluster that they apply to, where that can be asked. */
  readonly cluster?: ClusterApi | undefined
}

/**
 * Makes the syncs of an {@link Assemblage} out of the objects of an engine that applies them, and says how they are. What decides (`check`, `diff`, `judge`) is pure and
 * does not change what it is given; `observe` reads, and `apply` makes one write.
 *
 * What an implementation promises beyond its methods:
 *
 * - **Exactness.** A sync is `Ready` only if the engine has applied the specification that was written last, at exactly the commit, and says so of
 *   that and of nothing before. What is only being looked at again is still ready.
 * - **Ownership.** What it made is told by marks of its own. An object of the name that is without them is never written and never deleted; the verdict of its sync is `Unassigned`, reason `NotOurs`.
 * - **Order.** `diff` has what others depend on before them, and deletes in reverse. What has to wait for something else is left out until then.
 *
 * Implementations prove themselves with `driverConformance` of `fleetkit/testing`.
 *
 * @category Ports
 */
export interface Driver {
  /** As `spec.driver` of an Assemblage names it. */
  readonly name: string
  /** The types of the objects that it makes; controllers follow them. */
  readonly types: readonly TypeRef[]
  /** What the engine cannot do of what syncs ask for; paths such as `spec.syncs[0].maxPrune`. */
  check(syncs: readonly AssembledSync[]): readonly Problem[]
  /** What there is of an Assemblage. `known` are the objects of `types` in its namespace, as a controller follows them; they are listed when absent. */
  observe(assemblage: ObjectRef, options: DriverOptions, known?: readonly KubeObject[]): Promise<Observation>
  /** What is to be written now, in this order. */
  diff(input: DriverInput): readonly DriverChange[]
  /** Makes one write, with the resourceVersion that it is based on; answers the object as stored, `undefined` after a deletion. */
  apply(change: DriverChange, options: DriverOptions): Promise<KubeObject | undefined>
  /** How each sync is that is to be, and each that is being removed. */
  judge(input: DriverInput): readonly SyncVerdict[]
}
