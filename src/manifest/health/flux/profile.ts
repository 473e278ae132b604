import { assessInOrder } from '../kstatus/profile.ts'
import type { HealthProfile } from '../profile.ts'
import type { HealthRule } from '../rule.ts'
import { job } from './job.ts'

const own: ReadonlyMap<string, HealthRule> = new Map([['batch/Job', job]])

/**
 * Judges as Flux's kustomize-controller 1.9 does: kstatus, but a Job is `Current` only once it is complete.
 *
 * Flux lists the Pods of a Deployment, ReplicaSet or StatefulSet too, and calls it `Failed` while it is in progress and one of them has
 * failed; a profile sees one object.
 */
export const flux: HealthProfile = {
  name: 'flux',
  assess: (object, options) => assessInOrder(object, options, own),
}
