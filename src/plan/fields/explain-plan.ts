import { explainChanges } from '../../manifest/places/author.ts'
import { fieldOf } from '../../model/json/value.ts'
import { isFormerManager } from '../../model/kinds/owner.ts'
import type { Json, KubeObject } from '../../model/object.ts'
import { formatRef, groupOf, refKey, refOf } from '../../model/reference.ts'
import type { Action } from '../apply/action.ts'
import { type ApplyPlan, mapStages, type PlanWarning } from '../apply/plan.ts'

/** A plan that says of each field who wrote what is there now, and which of its writes other managers will undo. */
export function explainPlan(plan: ApplyPlan, live: readonly KubeObject[]): ApplyPlan {
  const found = new Map(live.map((object) => [refKey(refOf(object)), object]))
  const explained = mapStages(plan, (action) => {
    const before = found.get(refKey(action.ref))
    return before === undefined ? action : { ...action, changes: explainChanges(action.changes, before, plan.fieldManager) }
  })
  const actions = explained.stages.flat()
  const warnings = [...actions.flatMap((action) => takenFromOthers(action, plan)), ...scaledByOthers(actions, plan)]
  return warnings.length === 0 ? explained : { ...explained, warnings }
}

/** Fields that a write takes from managers who are not of the past: programs, which come back. */
function takenFromOthers({ type, ref, conflicts }: Action, { sync, fieldManager }: ApplyPlan): readonly PlanWarning[] {
  if (type === 'skip' || type === 'refuse') return []
  return conflicts
    .filter(({ manager }) => !isFormerManager(manager, sync))
    .map(({ manager, fields }) => ({
      code: 'contention',
      ref,
      fields,
      managers: [fieldManager, manager],
      message: `${formatRef(ref)}: ${fields.join(', ')} is taken from ${manager}, which may write it again; see spec.ignore and spec.conflicts`,
    }))
}

/** Objects whose replicas both the source sets and an autoscaler of the source. */
function scaledByOthers(actions: readonly Action[], { fieldManager }: ApplyPlan): readonly PlanWarning[] {
  const scalers = new Map(
    actions.flatMap(({ object }) => (object !== undefined && isAutoscaler(object) ? [[targetOf(object), object] as const] : [])),
  )
  if (scalers.size === 0) return []
  return actions.flatMap(({ ref, object, reason, decisions = [] }): PlanWarning[] => {
    const scaler = scalers.get(refKey(ref))
    const left = reason.code === 'disabled' || decisions.some(({ path, action }) => path === replicas && action !== 'force')
    if (scaler === undefined || left || fieldOf(object?.spec as Json | undefined, 'replicas') === undefined) return []
    const other = formatRef(refOf(scaler))
    const message = `${formatRef(ref)}: ${replicas} is in the source, and ${other} writes it too; leave it out, or name it in spec.ignore`
    return [{ code: 'contention', ref, fields: [replicas], managers: [fieldManager, other], message }]
  })
}

const replicas = '.spec.replicas'

function isAutoscaler({ apiVersion, kind }: KubeObject): boolean {
  return kind === 'HorizontalPodAutoscaler' && groupOf(apiVersion) === 'autoscaling'
}

/** The object that an autoscaler scales, by its {@link refKey}. */
function targetOf({ spec, metadata }: KubeObject): string {
  const {
    apiVersion = '',
    kind = '',
    name = '',
  } = ((spec ?? {}) as { readonly scaleTargetRef?: Partial<Record<string, string>> }).scaleTargetRef ?? {}
  return refKey({ apiVersion, kind, name, namespace: metadata.namespace })
}
