import { FleetkitError } from '../../model/errors/error.ts'
import { shortened } from '../../model/errors/shortened.ts'
import { type Readiness, readinessOf } from '../../model/kinds/readiness.ts'
import type { KubeObject } from '../../model/object.ts'
import { formatRef, type ObjectRef, refKey } from '../../model/reference.ts'
import { type Dependency, dependenciesOf } from '../../plan/sync/dependencies.ts'
import type { AttemptInput } from './context.ts'
import { compileReadyExpression, isReady } from './ready-expression.ts'

/** How many owners are visited in search of a cycle. */
const maxVisited = 1000
/** How much of a dependency's message is repeated: its own status has the rest. */
const maxQuoted = 200

/** Reads an owner, or what it depends on, as it is stored. */
type GetObject = (ref: ObjectRef) => Promise<KubeObject | undefined>

/**
 * Checks that everything that an owner depends on is ready.
 *
 * @throws FleetkitError `sync/dependency` with each that is not; `sync/dependency-cycle` with the cycle when one of them
 * depends on the owner; `sync/dependency-expression` when a readyExpr is none.
 */
export async function checkDependencies(
  { owner, spec, dependencies }: Pick<AttemptInput, 'owner' | 'dependencies'> & { readonly spec: object },
  get: GetObject,
): Promise<void> {
  const unready: { readonly ref: ObjectRef; readonly message: string }[] = []
  const asks = dependencies.some(({ readyExpr }) => readyExpr !== undefined)
  const kept = asks ? await get(owner) : undefined
  const { apiVersion, kind, name, namespace } = owner
  const self = { apiVersion, kind, metadata: { name, namespace }, ...kept, spec }
  for (const dependency of dependencies) {
    const { ready, message } = await readinessOfDependency(dependency, self, await get(dependency.ref))
    if (!ready) unready.push({ ref: dependency.ref, message })
  }
  if (unready.length === 0) return
  const cycle = await findCycle(
    owner,
    unready.map(({ ref }) => ref),
    get,
  )
  if (cycle !== undefined) {
    const isOfOne = cycle.every(({ kind }) => kind === owner.kind)
    const names = cycle.map((ref) => (isOfOne ? `${ref.namespace}/${ref.name}` : formatRef(ref))).join(' → ')
    throw new FleetkitError('sync/dependency-cycle', `spec.dependsOn has a cycle: ${names}`, { ref: owner })
  }
  const listed = unready.map(({ ref, message }) => `${formatRef(ref)} is not ready: ${shortened(message, maxQuoted)}`)
  throw new FleetkitError('sync/dependency', listed.join('; '), { ref: owner })
}

/** Whether something that an object depends on is ready: by its Ready condition, or by the expression that stands for it, as in Flux. */
export async function readinessOfDependency({ readyExpr }: Dependency, self: object, object: KubeObject | undefined): Promise<Readiness> {
  if (readyExpr === undefined || object === undefined) return readinessOf(object)
  return isReady(await compileReadyExpression(readyExpr), { self, dep: object })
}

/** The shortest path from an owner through its unready dependencies back to itself. */
async function findCycle(start: ObjectRef, unready: readonly ObjectRef[], get: GetObject): Promise<readonly ObjectRef[] | undefined> {
  const visited = new Set<string>()
  let paths = unready.map((ref) => [start, ref])
  while (paths.length > 0 && visited.size < maxVisited) {
    const next: ObjectRef[][] = []
    for (const path of paths) {
      const last = path.at(-1) as ObjectRef
      if (visited.has(refKey(last))) continue
      visited.add(refKey(last))
      const object = await get(last)
      for (const { ref } of object === undefined ? [] : dependenciesOf(object)) {
        if (refKey(ref) === refKey(start)) return [...path, start]
        next.push([...path, ref])
      }
    }
    paths = next
  }
  return undefined
}
