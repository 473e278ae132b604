import type { KubeObject } from '../../model/object.ts'
import type { Health } from './health.ts'
import type { HealthRule } from './rule.ts'

/** What a profile judges with. */
export interface ProfileOptions {
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Rules for kinds, by `group/Kind` (`/Pod` in the core group). They come before the profile's own. */
  readonly rules?: ReadonlyMap<string, HealthRule> | undefined
}

/** One opinion about when an object is ready: the systems of the field disagree. */
export interface HealthProfile {
  /** As it is named in `spec.healthProfile`. */
  readonly name: string
  /** Judges an object that exists. Pure, and total whatever the object holds, unless one of the caller's rules throws. */
  readonly assess: (object: KubeObject, options: ProfileOptions) => Health
}
