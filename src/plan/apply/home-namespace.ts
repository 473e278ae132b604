import type { ObjectRef } from '../../model/reference.ts'
import type { Action } from './action.ts'
import type { ApplyPlan } from './plan.ts'

/** The action of a plan that creates a namespace, if one does. */
export function creationOfNamespace(plan: ApplyPlan, name: string | undefined): Action | undefined {
  return plan.stages
    .flat()
    .find(({ type, ref }) => type === 'create' && ref.apiVersion === 'v1' && ref.kind === 'Namespace' && ref.name === name)
}

/** A plan that refuses to begin, because the status of its Sync cannot be kept: nothing may be applied that is not recorded. */
export function refuseWithoutHome(plan: ApplyPlan, record: ObjectRef): ApplyPlan {
  const message = `there is no namespace ${record.namespace}, in which the status of the Sync is kept (${record.kind} ${record.name}); create it, or declare it in the source`
  return { ...plan, refusals: [...plan.refusals, { code: 'cluster/namespace-missing', message }] }
}
