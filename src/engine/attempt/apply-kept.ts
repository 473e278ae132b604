import type { FleetkitError } from '../../model/errors/error.ts'
import type { KubeObject } from '../../model/object.ts'
import type { Action } from '../../plan/apply/action.ts'
import { adoptsAny, withLiveValues } from '../../plan/fields/keep-fields.ts'
import { type ApplyContext, applyOne, type ExactApplyOptions } from './apply-one.ts'

/** An autoscaler can write at any time: another value than the one that was read is no surprise. */
const attempts = 5

/**
 * Applies the object of an action. Where live values are part of it, it is tried without force first: a conflict tells that they have
 * changed since they were read, and the new ones are taken then.
 */
export async function applyKept(action: Action, options: ExactApplyOptions, context: ApplyContext): Promise<FleetkitError | undefined> {
  const { ref, uid, decisions = [] } = action
  let object = action.object as KubeObject
  if (!adoptsAny(decisions)) return applyOne(object, options, context)
  for (let attempt = 1; ; attempt++) {
    const error = await applyOne(object, { ...options, force: false }, context)
    if (error?.code !== 'cluster/field-conflict') return error
    if (!adoptsAny(decisions, error.conflicts)) return options.force === true ? applyOne(object, options, context) : error
    const live = attempt === attempts ? undefined : await context.cluster.get(ref, { signal: context.signal })
    if (live === undefined || live.metadata.uid !== uid) return error
    object = withLiveValues(object, live, decisions, 'adopt')
  }
}
