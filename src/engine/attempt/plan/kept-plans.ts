import type { RenderedObject } from '../../../model/rendered-object.ts'
import { type ApplyPlan, actionsOf } from '../../../plan/apply/plan.ts'

/**
 * Plans by which nothing is done. Most attempts find all as it was, and the same input gives the same plan: it is made again only
 * when something differs that it follows from. A plan lives as long as the objects that it is about.
 */
export class KeptPlans {
  readonly #plans = new WeakMap<readonly RenderedObject[], { readonly state: string; readonly plan: ApplyPlan }>()

  /**
   * The plan for `desired`, if one was kept.
   *
   * @param state - all else that the plan follows from
   */
  get(desired: readonly RenderedObject[], state: string): ApplyPlan | undefined {
    const kept = this.#plans.get(desired)
    return kept?.state === state ? kept.plan : undefined
  }

  /** Keeps a plan, unless something is to be done by it. */
  add(desired: readonly RenderedObject[], state: string, plan: ApplyPlan): void {
    const { prunes, refusals, recovered, warnings = [] } = plan
    const isQuiet = [prunes, refusals, recovered, warnings].every(({ length }) => length === 0)
    if (isQuiet && actionsOf(plan).every(({ reason }) => reason.code === 'unchanged')) this.#plans.set(desired, { state, plan })
  }
}
