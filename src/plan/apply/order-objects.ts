import { planGraph } from '../../graph/index.ts'
import { dependsOnAnnotation, formatDependsOn, parseDependsOn } from '../../manifest/depends-on.ts'
import { type ApplyOrderOptions, applyOrder, pruneOrder, stageOf } from '../../manifest/order.ts'
import { describeValue, type Problem } from '../../model/errors/problem.ts'
import type { KubeObject } from '../../model/object.ts'
import { formatRef, groupKindOf, groupOf, isDefinition, type ObjectRef, refKey, refOf } from '../../model/reference.ts'
import type { RenderedObject } from '../../model/rendered-object.ts'

/** The order in which objects are applied. */
export interface ObjectOrder {
  /** In order, none empty. */
  readonly stages: readonly (readonly KubeObject[])[]
  /** By the key of an object: what must be healthy before it, as its annotation says. */
  readonly dependencies: ReadonlyMap<string, readonly ObjectRef[]>
  /** Annotations that are malformed, name what is not there, or have a cycle. */
  readonly problems: readonly Problem[]
}

/**
 * Stages of objects: those of {@link applyOrder}, and after all of them those of the objects that depend on others, level by level.
 * Resources follow their definition, objects their Namespace, and resources of an aggregated API its APIService. Admission webhooks stay
 * last, unless something depends on them.
 */
export function orderObjects(desired: readonly RenderedObject[], options: ApplyOrderOptions): ObjectOrder {
  const objects = desired.map(({ object }) => object)
  const edges = new Edges(desired)
  if (edges.none) return { stages: applyOrder(objects, options), dependencies: edges.dependencies, problems: edges.problems }
  const names = new Map(objects.map((object) => [refKey(refOf(object)), object]))
  const plan = planGraph({ nodes: [...names.keys()].map((id) => ({ id })), edges: edges.all() })
  const problems = [...edges.problems, ...plan.cycles.map(({ path }) => cycleProblem(path, desired))]
  if (problems.length > 0) return { stages: applyOrder(objects, options), dependencies: edges.dependencies, problems }

  const levels = levelsOf(plan.order, edges)
  const needed = new Set([...edges.dependencies.values()].flat().map(refKey))
  const last = highest(levels.values())
  const levelOf = (object: KubeObject): number => {
    const key = refKey(refOf(object))
    return stageOf(object, options) === 'webhooks' && !needed.has(key) ? last : (levels.get(key) as number)
  }
  const stages = [...Map.groupBy(objects, levelOf)].sort(([a], [b]) => a - b).flatMap(([, level]) => applyOrder(level, options))
  return { stages, dependencies: edges.dependencies, problems }
}

/**
 * The order to delete objects in: what depends on others before them, as the live objects say, and {@link pruneOrder} otherwise. What
 * has a cycle does not count.
 */
export function orderPrunes(
  refs: readonly ObjectRef[],
  live: ReadonlyMap<string, KubeObject>,
  options: ApplyOrderOptions,
): { readonly refs: readonly ObjectRef[]; readonly dependencies: ReadonlyMap<string, readonly ObjectRef[]> } {
  const ordered = pruneOrder(refs, options)
  const objects = refs.flatMap((ref) => live.get(refKey(ref)) ?? [])
  const { dependencies } = new Edges(objects.map((object) => ({ object, origin: '' })))
  if (dependencies.size === 0) return { refs: ordered, dependencies }
  const edges = [...dependencies].flatMap(([from, names]) => names.map((name) => ({ from, to: refKey(name), optional: true })))
  const { layers } = planGraph({ nodes: ordered.map((ref) => ({ id: refKey(ref) })), edges })
  const levels = new Map(layers.flatMap((layer, level) => layer.map((id) => [id, level] as const)))
  const levelOf = (ref: ObjectRef): number => levels.get(refKey(ref)) ?? 0
  return { refs: ordered.toSorted((a, b) => levelOf(b) - levelOf(a)), dependencies }
}

/** What depends on what among objects. */
class Edges {
  /** By the key of an object: what it says that it depends on. */
  readonly dependencies: Map<string, readonly ObjectRef[]> = new Map()
  readonly problems: Problem[] = []
  /** By the key of an object: what the kinds tell to be there before it. */
  readonly implied: ReadonlyMap<string, readonly ObjectRef[]>

  constructor(desired: readonly RenderedObject[]) {
    const known = new Map(desired.map(({ object }) => [refKey(refOf(object)), refOf(object)]))
    for (const { object, origin } of desired) {
      const text = object.metadata.annotations?.[dependsOnAnnotation]
      if (text !== undefined) this.#read(object, text, `${origin} metadata.annotations[${dependsOnAnnotation}]`, known)
    }
    this.implied = impliedBy(desired.map(({ object }) => object))
  }

  /** Whether the stages of kinds see to everything. */
  get none(): boolean {
    return this.dependencies.size === 0 && !this.implied.values().some((refs) => refs.some(isApiService))
  }

  all(): readonly { readonly from: string; readonly to: string }[] {
    return [...this.dependencies, ...this.implied].flatMap(([from, refs]) => refs.map((ref) => ({ from, to: refKey(ref) })))
  }

  #read(object: KubeObject, text: string, path: string, known: ReadonlyMap<string, ObjectRef>): void {
    const { names, malformed } = parseDependsOn(text)
    const accepted = '<group>/<kind>/<name> or <group>/namespaces/<namespace>/<kind>/<name>, separated by commas'
    for (const entry of malformed) this.problems.push({ path, found: describeValue(entry), accepted })
    const found = new Map<string, ObjectRef>()
    for (const name of names) {
      const { namespace } = object.metadata
      const keys = [name.namespace, ...(name.namespace === undefined ? [namespace] : [])].map((space) =>
        keyOf({ ...name, namespace: space }),
      )
      const ref = keys.map((key) => known.get(key)).find((each) => each !== undefined)
      const entry = formatDependsOn([name])
      if (ref === undefined)
        this.problems.push({ path, found: `${entry}, which is not in the source`, accepted: 'an object of the source' })
      else if (found.has(refKey(ref))) this.problems.push({ path, found: `${entry} twice`, accepted: 'each object once' })
      else found.set(refKey(ref), ref)
    }
    if (found.size > 0) this.dependencies.set(refKey(refOf(object)), [...found.values()])
  }
}

function keyOf({ group, kind, namespace, name }: ReturnType<typeof parseDependsOn>['names'][number]): string {
  return refKey({ apiVersion: `${group}/`, kind, namespace, name })
}

/** Resources of a definition or of an aggregated API, and objects in a Namespace, come after these. */
function impliedBy(objects: readonly KubeObject[]): ReadonlyMap<string, readonly ObjectRef[]> {
  const makers = new Map<string, ObjectRef[]>()
  for (const object of objects) {
    const made = madeBy(object)
    if (made !== undefined) makers.set(made, [...(makers.get(made) ?? []), refOf(object)])
  }
  const implied = new Map<string, readonly ObjectRef[]>()
  for (const object of objects) {
    const needs = [`kind ${groupKindOf(object)}`, `version ${object.apiVersion}`, `namespace ${object.metadata.namespace}`]
    const refs = needs.flatMap((need) => makers.get(need) ?? [])
    if (refs.length > 0) implied.set(refKey(refOf(object)), refs)
  }
  return implied
}

/** What other objects of a version can need of one by their kind or their namespace. */
function madeBy(object: KubeObject): string | undefined {
  const spec = (object.spec ?? {}) as { readonly group?: string; readonly version?: string; readonly names?: { readonly kind?: string } }
  if (isDefinition(object)) return `kind ${spec.group}/${spec.names?.kind}`
  if (isApiService(refOf(object))) return `version ${spec.group}/${spec.version}`
  return groupKindOf(object) === '/Namespace' ? `namespace ${object.metadata.name}` : undefined
}

/** After what an object depends on, and not before what its kind needs: stages see to these within a level. */
function levelsOf(order: readonly string[], { dependencies, implied }: Edges): ReadonlyMap<string, number> {
  const levels = new Map<string, number>()
  const levelOf = (ref: ObjectRef): number => levels.get(refKey(ref)) as number
  for (const key of order) {
    const after = (dependencies.get(key) ?? []).map((ref) => levelOf(ref) + 1)
    const beside = (implied.get(key) ?? []).map((ref) => levelOf(ref) + (isApiService(ref) ? 1 : 0))
    levels.set(key, highest([...after, ...beside]))
  }
  return levels
}

function highest(levels: Iterable<number>): number {
  let most = 0
  for (const level of levels) most = Math.max(most, level)
  return most
}

function isApiService(ref: ObjectRef): boolean {
  return groupOf(ref.apiVersion) === 'apiregistration.k8s.io'
}

function cycleProblem(path: readonly string[], desired: readonly RenderedObject[]): Problem {
  const found = new Map(desired.map((each) => [refKey(refOf(each.object)), each]))
  const members = path.map((key) => found.get(key) as RenderedObject)
  const names = [...members, members[0] as RenderedObject].map(({ object }) => formatRef(refOf(object)))
  const origin = (members[0] as RenderedObject).origin
  return {
    path: `${origin} metadata.annotations[${dependsOnAnnotation}]`,
    found: `a cycle, ${names.join(' → ')}`,
    accepted: 'dependencies without one',
  }
}
