import { applyObject } from '../../manifest/types/apply-object.ts'
import { brokenRules, type RuleLanguage } from '../../manifest/types/custom-rules.ts'
import { refuse } from '../../manifest/types/refuse.ts'
import type { ResourceSchema } from '../../manifest/types/resource-schema.ts'
import { storedForm, toJson, withOwners } from '../../manifest/types/stored-form.ts'
import { FleetkitError } from '../../model/errors/error.ts'
import type { KubeObject } from '../../model/object.ts'
import { refOf } from '../../model/reference.ts'
import { withoutEmptyMetadata } from '../../model/without-empty-metadata.ts'
import type { DryRunResult } from './confirm-plan.ts'

/** How {@link predictDryRun} applies. */
export interface PredictOptions {
  readonly type: ResourceSchema
  readonly manager: string
  readonly force: boolean
  /** What evaluates the rules of definitions, where it is installed. */
  readonly language?: RuleLanguage | undefined
}

/**
 * What the cluster would answer to the dry-run of an apply, as far as the type says it: server-side apply over the live object. Webhooks, quotas and
 * whatever else a cluster has for rules are not known.
 */
export function predictDryRun(
  object: KubeObject,
  live: KubeObject | undefined,
  { type, manager, force, language }: PredictOptions,
): DryRunResult {
  const ref = refOf(object)
  try {
    const applied = applyObject(withoutEmptyMetadata(object), live, type, { manager, force, time: '' })
    const stored = storedForm(withoutStatus(applied.object, live, type), live, type, 0)
    if (language !== undefined && type.structural !== undefined)
      refuse('Invalid', object, brokenRules(toJson(stored), live && toJson(live), type.structural, language))
    return { ref, object: withOwners(stored, applied.owners, live), certainty: 'predicted' }
  } catch (error) {
    if (error instanceof FleetkitError) return { ref, error, certainty: 'predicted' }
    throw error
  }
}

/** A new object has no status yet. */
function withoutStatus(object: KubeObject, live: KubeObject | undefined, type: ResourceSchema): KubeObject {
  if (live !== undefined || !type.status) return object
  const { status: _, ...rest } = object
  return rest as KubeObject
}
