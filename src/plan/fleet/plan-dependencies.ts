import { planGraph } from '../../graph/plan.ts'
import type { KubeObject } from '../../model/object.ts'
import { formatRef, type ObjectRef, refKey, refOf } from '../../model/reference.ts'
import { dependenciesOf } from '../sync/dependencies.ts'

/** In which order objects go that depend on one another, and what is wrong with that. */
export interface DependencyPlan {
  /** Those that nothing keeps from their turn, dependencies first. */
  readonly order: readonly ObjectRef[]
  /** Each from the first by name back to it, shortest: every one depends on the next. */
  readonly cycles: readonly (readonly ObjectRef[])[]
  /** What depends on objects that do not exist. */
  readonly missing: readonly { readonly from: ObjectRef; readonly to: ObjectRef }[]
}

/**
 * The dependencies of objects of any kind of this library, as one graph: for a check before they are stored, in a pipeline or an admission webhook. The controllers find the same cycles at run time.
 *
 * @param objects - all that there would be, valid or not
 *
 * @example
 * ```ts
 * import type { KubeObject } from 'fleetkit'
 * import { formatDependencyProblems, planDependencies } from 'fleetkit/fleet'
 *
 * export function admit(given: KubeObject, stored: readonly KubeObject[]): string | undefined {
 *   const others = stored.filter(({ metadata }) => metadata.uid !== given.metadata.uid)
 *   return formatDependencyProblems(planDependencies([...others, given]))
 * }
 * ```
 */
export function planDependencies(objects: readonly KubeObject[]): DependencyPlan {
  const refs = new Map<string, ObjectRef>(objects.map((object) => [refKey(refOf(object)), refOf(object)]))
  const edges = objects.flatMap((object) =>
    dependenciesOf(object).map(({ ref }) => {
      if (!refs.has(refKey(ref))) refs.set(refKey(ref), ref)
      return { from: refKey(refOf(object)), to: refKey(ref) }
    }),
  )
  const { order, cycles, missing } = planGraph({ nodes: objects.map((object) => ({ id: refKey(refOf(object)) })), edges })
  const named = (id: string): ObjectRef => refs.get(id) as ObjectRef
  return {
    order: order.map(named),
    cycles: cycles.map(({ path }) => [...path, ...path.slice(0, 1)].map(named)),
    missing: missing.map(({ from, to }) => ({ from: named(from), to: named(to) })),
  }
}

/** What is wrong with dependencies, as sentences; `undefined` when nothing is. */
export function formatDependencyProblems({ cycles, missing }: DependencyPlan): string | undefined {
  const problems = [
    ...cycles.map((path) => `dependsOn has a cycle: ${path.map(formatRef).join(' → ')}`),
    ...missing.map(({ from, to }) => `${formatRef(from)} depends on ${formatRef(to)}, which does not exist`),
  ]
  return problems.length === 0 ? undefined : problems.join('; ')
}
