import type { Problem } from '../../../model/errors/problem.ts'
import type { AssembledSync } from '../../../model/kinds/assemblage/types.generated.ts'
import type { ModuleRevision } from '../../../model/kinds/module-revision/module-revision.ts'
import type { KubeObject } from '../../../model/object.ts'
import { isDownstream, type ObjectFieldReference, type Parameter } from '../../../model/parameters/parameter.ts'
import { typeAccepted } from '../../../model/parameters/typed-text.ts'
import { formatRef, type ObjectRef, refOf } from '../../../model/reference.ts'
import { fieldText } from './field-text.ts'
import { type Expand, type ResolveSource, resolveParameters } from './resolve-parameters.ts'
import { digestOfSync, syncOf } from './specialised-sync.ts'

/** What {@link specialise} goes by. */
export interface SpecialiseInput {
  readonly revision: ModuleRevision
  /** The Cluster, as it is stored. */
  readonly cluster: KubeObject
  /**
   * The object of the management that a parameter names, as it is stored. It is given the namespace of the Module where the parameter names none; for an object that lies in no
   * namespace disregard it.
   */
  readonly find: (ref: ObjectRef) => KubeObject | undefined
}

/** What a cluster makes of a revision. */
export interface Specialised {
  /** Its sync, in full. */
  readonly sync: AssembledSync
  /** The values that are this cluster's own, by parameter. With the revision they give the sync again: see {@link specialisedSync}. */
  readonly values: Readonly<Record<string, string>>
  /** The digest of the sync. */
  readonly digest: string
  /** The objects that were looked for. When one of them changes, ask again. */
  readonly refs: readonly ObjectRef[]
}

/** Why a cluster cannot be assigned a revision. It concerns no other cluster. */
export interface Unresolved {
  /** One for each parameter that has no value here: the parameter, the object and the field. What the field holds is not shown. */
  readonly problems: readonly Problem[]
  readonly refs: readonly ObjectRef[]
}

/**
 * What one cluster makes of a revision: its sync, with the value of each parameter for this cluster. What is evaluated downstream stays a binding: a `substituteFrom` of the sync, which the
 * cluster resolves.
 *
 * @example
 * ```ts
 * import type { Cluster, KubeObject } from 'fleetkit'
 * import { type ModuleRevision, specialise } from 'fleetkit/fleet'
 *
 * export function regionOf(revision: ModuleRevision, cluster: Cluster, configs: ReadonlyMap<string, KubeObject>): string {
 *   const result = specialise({ revision, cluster: cluster.toObject(), find: ({ name }) => configs.get(name) })
 *   if ('problems' in result) return result.problems.map(({ path, found }) => `${path}: ${found}`).join('; ')
 *   return result.values.region ?? 'none'
 * }
 * ```
 *
 * @category Module
 */
export function specialise({ revision, cluster, find }: SpecialiseInput): Specialised | Unresolved {
  const refs: ObjectRef[] = []
  const { parameters = [] } = revision.spec
  const resolveSource: ResolveSource = (parameter, expand) => {
    const { clusterFieldRef, objectFieldRef } = parameter.valueFrom ?? {}
    if (clusterFieldRef !== undefined) return valueIn(parameter, refOf(cluster), cluster)
    const ref = refIn(objectFieldRef as ObjectFieldReference, revision.metadata.namespace, expand)
    if (ref === undefined || 'found' in ref) return ref
    refs.push(ref)
    return valueIn(parameter, ref, find(ref))
  }
  const resolved = resolveParameters(parameters, resolveSource)
  if (resolved.problems.length > 0) return { problems: resolved.problems, refs }
  const sync = syncOf(revision, resolved)
  const own = parameters.filter((parameter) => parameter.valueFrom !== undefined && !isDownstream(parameter))
  const values = own.flatMap(({ name }): [string, string][] => {
    const text = resolved.texts.get(name)
    return text === undefined ? [] : [[name, text]]
  })
  return { sync, values: Object.fromEntries(values), digest: digestOfSync(sync), refs }
}

/** The value in an object, or what stands for it where there is none. */
function valueIn({ valueFrom }: Parameter, ref: ObjectRef, object: KubeObject | undefined): ReturnType<ResolveSource> {
  const { clusterFieldRef, objectFieldRef, default: fallback, optional } = valueFrom ?? {}
  const field = clusterFieldRef ?? (objectFieldRef as ObjectFieldReference)
  const result = object === undefined ? undefined : fieldText(object, field)
  if (typeof result === 'string') return result
  const accepted = `${typeAccepted[field.type ?? 'string']} at ${field.pointer} of ${formatRef(ref)}`
  if (result !== undefined) return { ...result, accepted }
  if (fallback !== undefined || optional) return fallback
  return { found: object === undefined ? 'no such object' : 'no such field', accepted }
}

/** The object that a parameter names on this cluster. */
function refIn(
  { apiVersion, kind, ...ref }: ObjectFieldReference,
  home: string,
  expand: Expand,
): ObjectRef | Omit<Problem, 'path'> | undefined {
  const [name, namespace] = [expand(ref.name), expand(ref.namespace ?? home)]
  if (name === undefined || namespace === undefined) return undefined
  // What an address of a server would read as something else than a name.
  if ([name, namespace].some((part) => !/^(?!\.{1,2}$)[^/%]{1,253}$/.test(part)))
    return { found: 'a name that no object can have', accepted: 'at most 253 characters without / and %' }
  return { apiVersion, kind, namespace, name }
}
