import type { KubeObject } from '../../model/object.ts'
import { groupOf } from '../../model/reference.ts'
import { readConditions } from './conditions.ts'
import { stringAt } from './fields.ts'
import { assessMetadata, assessReady, assessStandardConditions } from './generic.ts'
import type { Health } from './health.ts'
import { unknown, verdict } from './rule.ts'
import { healthRules } from './rules.ts'

/**
 * Judges an object by what it says of itself, with the rules of kstatus (sigs.k8s.io/cli-utils, pkg/kstatus): first what holds
 * for every object (deletion, generation, the `Reconciling` and `Stalled` conditions), then the rule of the kind, then the
 * `Ready` condition. An object that says nothing is `Current`. Pure, and total: a malformed status gives `Unknown`.
 *
 * @param object - the live object; `undefined` when it does not exist
 * @param options - `now` in milliseconds since the epoch
 *
 * @example
 * ```ts
 * import { type KubeObject } from 'fleetkit'
 * import { assessHealth } from 'fleetkit/manifest'
 *
 * const deployment: KubeObject = {
 *   apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'apps', generation: 2 },
 *   spec: { replicas: 3 }, status: { observedGeneration: 2, replicas: 3, updatedReplicas: 1 },
 * }
 * const health = assessHealth(deployment, { now: Date.now() })
 * // health.status is 'InProgress', health.rule is 'deployment/updated-replicas',
 * // health.message is '1 of 3 replicas are updated.'
 * ```
 */
export function assessHealth(object: KubeObject | undefined, { now }: { readonly now: number }): Health {
  if (object === undefined) return verdict(object, 'NotFound', 'generic/not-found', 'The object does not exist.', [])
  const fromMetadata = assessMetadata(object)
  if (fromMetadata !== undefined) return fromMetadata
  const conditions = readConditions(object)
  if (conditions === undefined) {
    return unknown(object, 'generic/malformed-status', 'The status or its conditions are not of the usual form.', 'status')
  }
  const fromConditions = assessStandardConditions(object, conditions)
  if (fromConditions !== undefined) return fromConditions
  const rule = healthRules.get(`${groupOf(stringAt(object, 'apiVersion', ''))}/${stringAt(object, 'kind', '')}`)
  return rule === undefined ? assessReady(object, conditions) : rule({ object, conditions, now })
}
