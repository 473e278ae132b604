import { readinessOf } from '../../model/kinds/readiness.ts'
import type { KubeObject } from '../../model/object.ts'
import { formatRef, type ObjectRef, refKey, refOf } from '../../model/reference.ts'
import { dependenciesOf } from '../sync/dependencies.ts'

/** One reason for which an object waits. */
export interface WaitingChain {
  /** From the object to what waits for nothing else; of a cycle back to where it began. Each waits for the next. */
  readonly path: readonly ObjectRef[]
  /** Why the last one is not ready, in its own words. */
  readonly message: string
  readonly isCycle: boolean
}

/** What an object waits for. */
export interface Waiting {
  readonly ref: ObjectRef
  readonly ready: boolean
  /** The shortest chain to each that waits for nothing else, and to each cycle. */
  readonly chains: readonly WaitingChain[]
}

/**
 * The whole chain that an object waits for: what it depends on and is not ready, what that depends on, and so on, until what waits for nothing but
 * itself. A `readyExpr` is not asked: an object that has one is taken by its Ready condition.
 *
 * @param objects - all that could be depended on, as they are stored
 *
 * @example
 * ```ts
 * import { type Store } from 'fleetkit'
 * import { explainWaiting, formatWaiting } from 'fleetkit/fleet'
 *
 * export async function why(store: Store, name: string): Promise<string> {
 *   const apiVersion = 'fleetkit.dev/v1alpha1'
 *   const lists = await Promise.all(['Sync', 'RemoteSync', 'Cluster'].map((kind) => store.list({ apiVersion, kind })))
 *   const objects = lists.flatMap(({ items }) => items)
 *   return formatWaiting(explainWaiting({ apiVersion, kind: 'RemoteSync', namespace: 'eu-west-1', name }, objects))
 * }
 * ```
 */
export function explainWaiting(ref: ObjectRef, objects: readonly KubeObject[]): Waiting {
  const known = new Map(objects.map((object) => [refKey(refOf(object)), object]))
  const chains: WaitingChain[] = []
  const visited = new Set<string>([refKey(ref)])
  const open: Step[] = [{ ref, from: undefined }]
  for (const step of open) {
    const object = known.get(refKey(step.ref))
    const { ready, message } = readinessOf(object)
    if (ready) continue
    const needed = object === undefined ? [] : dependenciesOf(object).map((dependency) => dependency.ref)
    const unready = needed.filter((each) => !readinessOf(known.get(refKey(each))).ready)
    if (unready.length === 0) chains.push({ path: pathTo(step), message, isCycle: false })
    for (const next of unready) {
      const path = pathTo(step)
      const begin = path.findIndex((each) => refKey(each) === refKey(next))
      if (begin >= 0) chains.push({ path: [...path, next], message: 'they depend on one another in a cycle', isCycle: true })
      else if (!visited.has(refKey(next))) {
        visited.add(refKey(next))
        open.push({ ref: next, from: step })
      }
    }
  }
  return { ref, ready: readinessOf(known.get(refKey(ref))).ready, chains }
}

interface Step {
  readonly ref: ObjectRef
  readonly from: Step | undefined
}

function pathTo(step: Step): readonly ObjectRef[] {
  const path: ObjectRef[] = []
  for (let each: Step | undefined = step; each !== undefined; each = each.from) path.push(each.ref)
  return path.reverse()
}

/** What an object waits for, as a sentence for each chain. */
export function formatWaiting({ ref, ready, chains }: Waiting): string {
  if (ready) return `${formatRef(ref)} is ready`
  return chains.map(formatChain).join('; ')
}

function formatChain({ path, message, isCycle }: WaitingChain): string {
  const [first, ...others] = path.map(formatRef)
  const waits = others.map((each, index) => `${index === 0 ? ' waits for' : ', which waits for'} ${each}`).join('')
  if (isCycle) return `${first}${waits}: ${message}`
  return `${first}${waits}${others.length === 0 ? '' : ', which'} is not ready: ${message}`
}
