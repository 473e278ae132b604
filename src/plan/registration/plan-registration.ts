import { formatProblems } from '../../model/errors/problem.ts'
import { isInbound } from '../../model/kinds/cluster/is-inbound.ts'
import { registrationStatusOf } from '../../model/kinds/cluster-registration/status.ts'
import type {
  ClusterRegistrationSpec,
  RegistrationCredential,
  RegistrationDecision,
} from '../../model/kinds/cluster-registration/types.generated.ts'
import { readinessOf } from '../../model/kinds/readiness.ts'
import type { KubeObject } from '../../model/object.ts'
import { parseTime } from '../../model/time.ts'
import { approvalProblems, registrationProblems } from './problems.ts'
import { registeredUidOf } from './registered-uid.ts'

/** The finalizers of the garbage collector, which an API server sets by itself. */
const collectors: readonly string[] = ['foregroundDeletion', 'orphan']

/**
 * What a registration is decided by.
 *
 * @category ClusterRegistration
 */
export interface RegistrationInput {
  /** As it is stored, valid or not. */
  readonly registration: KubeObject
  /** Every Cluster of the management. */
  readonly clusters: readonly KubeObject[]
  /** The namespace in which registrations are looked at. */
  readonly namespace: string
  /** Milliseconds since the epoch. */
  readonly now: number
}

/**
 * The Cluster that is made for a registration.
 *
 * @category ClusterRegistration
 */
export interface RegistrationTarget {
  readonly namespace: string
  readonly name: string
  readonly labels: Readonly<Record<string, string>> | undefined
  /** The uid of the cluster. */
  readonly uid: string
}

/**
 * What becomes of a registration now:
 *
 * - `leave`: nothing; it is being deleted, or finished.
 * - `release`: it is being deleted, and `finalizers` are what stays of those that it was sent with.
 * - `wait`: a person has not decided. `refuse`: it cannot be, until something changes.
 * - `deny`: a person has denied it; that may be read by who sent it.
 * - `issue`: the Cluster of `target` is made with what its agent may do, and a token is issued.
 * - `hold`: a token is issued and may still be fetched; looked at again after `againMs`.
 * - `finish`: the token is in use, or its Cluster is gone: it is taken out of the status.
 *
 * @category ClusterRegistration
 */
export type RegistrationPlan =
  | { readonly action: 'leave' }
  | { readonly action: 'release'; readonly finalizers: readonly string[] }
  | { readonly action: 'wait' | 'refuse' | 'deny' | 'finish'; readonly reason: string; readonly message: string; readonly ready?: boolean }
  | { readonly action: 'hold'; readonly againMs: number }
  | { readonly action: 'issue'; readonly target: RegistrationTarget }

/**
 * Decides what becomes of a registration: what `registrationController` carries out.
 *
 * @category ClusterRegistration
 */
export function planRegistration(input: RegistrationInput): RegistrationPlan {
  const { registration, namespace } = input
  const { metadata } = registration
  if (metadata.deletionTimestamp !== undefined) return planDeleted(metadata.finalizers)
  const { conditions = [], decision, credential } = registrationStatusOf(registration)
  if (credential !== undefined && decision !== undefined) return planIssued(input, decision, credential)
  if (conditions.some(({ type, reason }) => type === 'Ready' && (reason === 'Registered' || reason === 'Unregistered')))
    return { action: 'leave' }
  const problems = registrationProblems(registration, namespace)
  if (problems.length > 0) return { action: 'refuse', reason: 'Invalid', message: formatProblems(problems) }
  if (decision === undefined) return planUndecided(input)
  if (decision.generation !== metadata.generation)
    return { action: 'refuse', reason: 'Changed', message: 'it was changed after it was decided on: decide again' }
  if (decision.verdict === 'Denied') return { action: 'deny', reason: 'Denied', message: decision.reason ?? `${decision.by} has denied it` }
  return planApproved(input, decision)
}

function planDeleted(finalizers: readonly string[] = []): RegistrationPlan {
  const kept = finalizers.filter((finalizer) => collectors.includes(finalizer))
  return kept.length < finalizers.length ? { action: 'release', finalizers: kept } : { action: 'leave' }
}

function planUndecided({ registration, clusters }: RegistrationInput): RegistrationPlan {
  const { clusterUid } = registration.spec as ClusterRegistrationSpec
  const known = clusters.find((cluster) => registeredUidOf(cluster) === clusterUid)
  const how = known && `; that cluster is registered as ${nameOf(known)} already: approved with that name, it gets a new token`
  return { action: 'wait', reason: 'Pending', message: `a person has to approve or deny it${how ?? ''}` }
}

function planApproved(
  { registration, clusters, namespace: registrations }: RegistrationInput,
  decision: RegistrationDecision,
): RegistrationPlan {
  const { clusterUid: uid } = registration.spec as ClusterRegistrationSpec
  const problems = approvalProblems(decision, registrations)
  if (problems.length > 0)
    return {
      action: 'refuse',
      reason: 'InvalidApproval',
      message: formatProblems(problems.map((each) => ({ ...each, path: `status.decision.${each.path}` }))),
    }
  const { name = '', namespace = name, labels } = decision
  const [present, other] = [true, false].map((same) =>
    clusters.find(({ metadata }) => metadata.namespace === namespace && (metadata.name === name) === same),
  )
  const refuse = (reason: string, message: string): RegistrationPlan => ({
    action: 'refuse',
    reason,
    message: `${message}: approve it with another one`,
  })
  const known = clusters.find((cluster) => cluster !== present && registeredUidOf(cluster) === uid)
  if (known !== undefined)
    return { action: 'refuse', reason: 'AlreadyRegistered', message: `that cluster is registered as ${nameOf(known)}` }
  if (present !== undefined && (!isInbound(present) || registeredUidOf(present) !== uid))
    return refuse('NameTaken', `${nameOf(present)} is another cluster`)
  if (other !== undefined) return refuse('NamespaceTaken', `the namespace ${namespace} is that of ${nameOf(other)}`)
  return { action: 'issue', target: { namespace, name, labels, uid } }
}

/** A token is good for its first fetch until half its life is over; then it is in use, or another one takes its place. */
function planIssued(
  { registration, clusters, now }: RegistrationInput,
  { name = '', namespace = name, labels }: RegistrationDecision,
  { issuedAt, expiresAt }: RegistrationCredential,
): RegistrationPlan {
  const cluster = clusters.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name)
  if (cluster === undefined || cluster.metadata.deletionTimestamp !== undefined)
    return { action: 'finish', reason: 'Unregistered', message: `the Cluster ${namespace}/${name} is gone` }
  const [from = 0, to = 0] = [issuedAt, expiresAt].map(parseTime)
  const againMs = (from + to) / 2 - now
  if (againMs > 0) return { action: 'hold', againMs }
  if (readinessOf(cluster).ready)
    return { action: 'finish', reason: 'Registered', message: `it is the Cluster ${namespace}/${name}`, ready: true }
  const { clusterUid: uid } = registration.spec as ClusterRegistrationSpec
  return { action: 'issue', target: { namespace, name, labels, uid } }
}

function nameOf({ metadata }: KubeObject): string {
  return `${metadata.namespace}/${metadata.name}`
}
