import { retryOnConflict } from '../../async/retry-on-conflict.ts'
import { formatTime } from '../../model/condition.ts'
import { FleetkitError } from '../../model/errors/error.ts'
import { invalid } from '../../model/errors/invalid.ts'
import { describeValue } from '../../model/errors/problem.ts'
import { jsonCopy } from '../../model/json/parse-json.ts'
import { registrationStatusOf } from '../../model/kinds/cluster-registration/status.ts'
import type { RegistrationDecision } from '../../model/kinds/cluster-registration/types.generated.ts'
import type { JsonObject, KubeObject } from '../../model/object.ts'
import { approvalProblems, registrationProblems } from '../../plan/registration/problems.ts'
import { type Clock, systemClock } from '../../ports/clock.ts'
import type { CallOptions, Store } from '../../ports/store.ts'
import { type RegistrationName, registrationRef } from './registration-type.ts'

/**
 * Who decides on a registration.
 *
 * @category ClusterRegistration
 */
export interface DecisionOptions extends CallOptions {
  /** Who decides, for those who look later: the name of a person or of a program. */
  readonly by: string
  /** The system clock when absent. */
  readonly clock?: Clock | undefined
}

/**
 * What is approved with a registration.
 *
 * @category ClusterRegistration
 */
export interface ApprovalOptions extends DecisionOptions {
  /** The name of the Cluster. That of a Cluster which is this same cluster gives it a new token. */
  readonly name: string
  /** The namespace of the Cluster, for it alone: `name` when absent. */
  readonly namespace?: string | undefined
  /** The labels of the Cluster, by which Modules select it. */
  readonly labels?: Readonly<Record<string, string>> | undefined
}

/**
 * Approves a registration: its cluster gets this name, this namespace and these labels. It is written into the status, which who sends a registration cannot
 * set; it needs `update` of `clusterregistrations/status`. `registrationController` does the rest. What was decided before is replaced, as long as
 * nothing has come of it.
 *
 * @returns the registration as it is stored then
 * @throws FleetkitError `store/not-found`; `model/invalid` for a registration, or an approval, that cannot be; `registration/decided`
 *
 * @example
 * ```ts
 * import { approveRegistration } from 'fleetkit/registration'
 * import { kubernetesCluster } from 'fleetkit/kubernetes'
 *
 * await using store = await kubernetesCluster()
 * await approveRegistration(store, { name: 'registration-d1b707d7516e3ebc3a45ca72d564b78c' }, { name: 'shop-17', labels: { tier: 'shop' }, by: 'ada' })
 * ```
 *
 * @category ClusterRegistration
 */
export async function approveRegistration(store: Store, registration: RegistrationName, approval: ApprovalOptions): Promise<KubeObject> {
  const { name, namespace, labels } = approval
  const ref = registrationRef(registration)
  const problems = approvalProblems({ name, namespace, labels }, ref.namespace as string)
  if (problems.length > 0) throw invalid(ref, problems)
  return decide(store, registration, approval, (object) => {
    const sent = registrationProblems(object, ref.namespace as string)
    if (sent.length > 0) throw invalid(ref, sent)
    return { verdict: 'Approved', name, namespace: namespace ?? name, ...(labels === undefined ? {} : { labels }) }
  })
}

/**
 * Denies a registration. Who has sent it can read that, with the reason.
 *
 * @returns the registration as it is stored then
 * @throws FleetkitError `store/not-found`; `registration/decided`
 *
 * @category ClusterRegistration
 */
export async function denyRegistration(
  store: Store,
  registration: RegistrationName,
  { reason, ...options }: DecisionOptions & { readonly reason?: string | undefined },
): Promise<KubeObject> {
  return decide(store, registration, options, () => ({ verdict: 'Denied', ...(reason === undefined ? {} : { reason }) }))
}

async function decide(
  store: Store,
  registration: RegistrationName,
  { by, clock = systemClock, signal, lease }: DecisionOptions,
  decisionOn: (object: KubeObject) => Omit<RegistrationDecision, 'by' | 'at' | 'generation'>,
): Promise<KubeObject> {
  const ref = registrationRef(registration)
  if (typeof by !== 'string' || by === '') throw invalid(ref, [{ path: 'by', found: describeValue(by), accepted: 'who decides' }])
  return retryOnConflict(async () => {
    const object = await store.get(ref, { signal, lease })
    if (object === undefined) throw new FleetkitError('store/not-found', 'there is no such registration', { ref })
    const status = registrationStatusOf(object)
    const isDone =
      status.credential !== undefined || status.conditions?.some(({ reason }) => reason === 'Registered' || reason === 'Unregistered')
    if (isDone)
      throw new FleetkitError(
        'registration/decided',
        `${status.decision?.by} has approved it as ${status.decision?.name}; delete the Cluster to take that back`,
        { ref },
      )
    const { generation = 0 } = object.metadata
    const decision = { ...decisionOn(object), by, at: formatTime(clock.now()), generation }
    const next = jsonCopy({ ...status, decision }) as unknown as JsonObject
    return store.update({ ...object, status: next }, { subresource: 'status', signal, lease })
  })
}
