import type { KubeObject } from '../../../model/object.ts'
import { groupKindOf } from '../../../model/reference.ts'
import { readConditions } from '../conditions.ts'
import { stringAt } from '../fields.ts'
import type { Health } from '../health.ts'
import type { HealthProfile, ProfileOptions } from '../profile.ts'
import { type HealthRule, unknown } from '../rule.ts'
import { assessMetadata, assessReady, assessStandardConditions } from './generic.ts'
import { healthRules } from './rules.ts'

/**
 * Judges as kstatus does, release 0.37.2 of sigs.k8s.io/cli-utils: deletion, generation, the `Reconciling` and `Stalled` conditions, then
 * the rule of the kind, then the `Ready` condition. An object that says nothing is `Current`. The default.
 */
export const kstatus: HealthProfile = {
  name: 'kstatus',
  assess: (object, options) => assessInOrder(object, options),
}

/** The order of kstatus, with `own` rules of another profile before those of the kinds. */
export function assessInOrder(object: KubeObject, { now, rules }: ProfileOptions, own?: ReadonlyMap<string, HealthRule>): Health {
  const key = groupKindOf({ apiVersion: stringAt(object, 'apiVersion', ''), kind: stringAt(object, 'kind', '') })
  const rule = rules?.get(key) ?? own?.get(key) ?? healthRules.get(key)
  const conditions = readConditions(object)
  if (rule?.alone === true) return rule({ object, conditions: conditions ?? [], now })
  const fromMetadata = assessMetadata(object)
  if (fromMetadata !== undefined) return fromMetadata
  if (conditions === undefined) {
    return unknown(object, 'generic/malformed-status', 'The status or its conditions are not of the usual form.', 'status')
  }
  return (
    assessStandardConditions(object, conditions) ??
    (rule === undefined ? assessReady(object, conditions) : rule({ object, conditions, now }))
  )
}
