import type { KubeObject } from '../../model/object.ts'
import { groupKindOf } from '../../model/reference.ts'
import { stringAt } from './fields.ts'
import type { Health } from './health.ts'
import { kstatus } from './kstatus/profile.ts'
import type { HealthProfile } from './profile.ts'
import { type HealthRule, unknown, verdict } from './rule.ts'

/** What {@link assessHealth} judges by. */
export interface AssessOptions {
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Whose opinion counts: {@link kstatus} unless given. */
  readonly profile?: HealthProfile | undefined
  /** Rules for kinds, by `group/Kind` (`/Pod` in the core group). They come before the library's own. */
  readonly rules?: ReadonlyMap<string, HealthRule> | undefined
}

/**
 * Judges an object by what it says of itself, with the rules of kstatus (sigs.k8s.io/cli-utils, pkg/kstatus): first what holds
 * for every object (deletion, generation, the `Reconciling` and `Stalled` conditions), then the rule of the kind, then the
 * `Ready` condition. An object that says nothing is `Current`. Pure, and total: a malformed status gives `Unknown`.
 *
 * A rule of the caller's that throws gives `Unknown` too.
 *
 * @param object - the live object; `undefined` when it does not exist
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
 *
 * @example A rule for a kind of one's own
 * ```ts
 * import type { KubeObject } from 'fleetkit'
 * import { assessHealth, current, failed, type HealthRule, inProgress } from 'fleetkit/manifest'
 *
 * const database: HealthRule = ({ object }) => {
 *   const { phase } = (object.status ?? {}) as { readonly phase?: string }
 *   if (phase === 'Online') return current(object, 'database/online', 'The database is online.', 'status.phase')
 *   if (phase === 'Broken') return failed(object, 'database/broken', 'The database is broken.', 'status.phase')
 *   return inProgress(object, 'database/starting', 'The database is starting.', 'status.phase')
 * }
 * const rules = new Map([['example.com/Database', database]])
 *
 * declare const live: KubeObject
 * console.log(assessHealth(live, { now: Date.now(), rules }).status)
 * ```
 */
export function assessHealth(object: KubeObject | undefined, { now, profile = kstatus, rules }: AssessOptions): Health {
  if (object === undefined) return verdict(object, 'NotFound', 'generic/not-found', 'The object does not exist.', [])
  try {
    return profile.assess(object, { now, rules })
  } catch (error) {
    const key = groupKindOf({ apiVersion: stringAt(object, 'apiVersion', ''), kind: stringAt(object, 'kind', '') })
    return unknown(object, 'generic/rule-failed', `The health rule of ${key} failed: ${String(error)}`)
  }
}
