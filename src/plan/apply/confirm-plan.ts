import type { FleetkitError } from '../../model/errors/error.ts'
import { jsonEqual } from '../../model/json-equal.ts'
import { forceAnnotation } from '../../model/kinds/sync/ownership.ts'
import type { KubeObject } from '../../model/object.ts'
import { groupKindOf, groupOf, isDefinition, type ObjectRef, refKey, refOf, type TypeRef } from '../../model/reference.ts'
import type { Action, ReasonCode } from './action.ts'
import type { ApplyPlan } from './plan.ts'

/**
 * What a dry-run of one action's object said: the object as it would be stored, or why it would not.
 *
 * @category Plans
 */
export type DryRunResult =
  | { readonly ref: ObjectRef; readonly object: KubeObject }
  | { readonly ref: ObjectRef; readonly error: FleetkitError }

/**
 * What {@link confirmPlan} decides from.
 *
 * @category Plans
 */
export interface ConfirmInput {
  readonly dryRun: readonly DryRunResult[]
  readonly live: readonly KubeObject[]
  /** `spec.force` of the Sync. */
  readonly force: boolean
}

/** Kinds whose objects take data, or other objects, along when they are deleted. */
const precious: ReadonlySet<string> = new Set([
  '/Namespace',
  '/PersistentVolume',
  '/PersistentVolumeClaim',
  'snapshot.storage.k8s.io/VolumeSnapshot',
  'snapshot.storage.k8s.io/VolumeSnapshotContent',
])

/**
 * What to do about an object that would have to be deleted and recreated, because an immutable field has to change;
 * `undefined` when it may be. A definition never: all objects of its type would go with it, those of others too.
 */
export function replaceAdvice(object: KubeObject, force: boolean): string | undefined {
  if (isDefinition(object)) return 'delete it yourself, and all its objects with it'
  if (object.metadata.annotations?.[forceAnnotation] === 'enabled') return undefined
  if (precious.has(groupKindOf(object)))
    return `annotate it with ${forceAnnotation}: enabled to delete and recreate it, and lose what it holds`
  return force ? undefined : 'set spec.force to delete and recreate it'
}

/**
 * A plan made exact by what the cluster answered to a dry-run of it: updates that change nothing after all are skipped,
 * what the cluster refuses is refused with its words, and what needs a new object is a replacement.
 *
 * @category Plans
 */
export function confirmPlan(plan: ApplyPlan, { dryRun, live, force }: ConfirmInput): ApplyPlan {
  const answers = new Map(dryRun.map((result) => [refKey(result.ref), result]))
  const before = new Map(live.map((object) => [refKey(refOf(object)), object]))
  const confirm = (action: Action): Action => {
    const answer = answers.get(refKey(action.ref))
    if (answer === undefined) return action
    if ('error' in answer) return awaitsPlan(action, answer.error, plan) ? action : refused(action, answer.error, force)
    const current = before.get(refKey(action.ref))
    const unchanged = action.type === 'update' && current !== undefined && jsonEqual(comparable(current), comparable(answer.object))
    return unchanged ? { ...action, type: 'skip', changes: [], reason: { code: 'unchanged', message: 'unchanged' } } : action
  }
  return { ...plan, stages: plan.stages.map((stage) => stage.map(confirm)) }
}

/** Whether the cluster only misses what an earlier action of the same plan will make. */
function awaitsPlan({ ref }: Action, { code }: FleetkitError, plan: ApplyPlan): boolean {
  const creates = (made: (object: KubeObject) => boolean): boolean =>
    plan.stages.flat().some(({ type, object }) => type === 'create' && object !== undefined && made(object))
  if (code === 'cluster/namespace-missing') return creates(({ kind, metadata }) => kind === 'Namespace' && metadata.name === ref.namespace)
  if (code !== 'cluster/unknown-kind') return false
  return creates((object) => defines(object, ref))
}

/** Whether an object is the definition of a type, whatever its API versions. */
function defines(object: KubeObject, { apiVersion, kind }: TypeRef): boolean {
  const { group, names } = (object.spec ?? {}) as { readonly group?: string; readonly names?: { readonly kind?: string } }
  return isDefinition(object) && group === groupOf(apiVersion) && names?.kind === kind
}

function refused(action: Action, error: FleetkitError, force: boolean): Action {
  if (error.code === 'cluster/immutable') {
    const advice = replaceAdvice(action.object as KubeObject, force)
    return advice === undefined
      ? { ...action, type: 'replace', reason: { code: 'immutable', message: `it has to be recreated: ${error.message}` } }
      : { ...action, type: 'refuse', reason: { code: 'immutable', message: `${error.message}; ${advice}` } }
  }
  const code: ReasonCode = error.code === 'cluster/field-conflict' ? 'field-conflict' : 'invalid'
  return { ...action, type: 'refuse', reason: { code, message: error.message }, conflicts: error.conflicts }
}

/** An object without what every write changes. */
function comparable({ metadata, ...rest }: KubeObject): unknown {
  const { managedFields: _, resourceVersion: __, generation: ___, ...kept } = metadata
  return { ...rest, metadata: kept }
}
