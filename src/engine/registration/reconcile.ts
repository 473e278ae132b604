import { withinTime } from '../../async/time/within-time.ts'
import { formatTime } from '../../model/condition.ts'
import { FleetkitError, hasCode } from '../../model/errors/error.ts'
import { jsonEqual } from '../../model/json/json-equal.ts'
import { jsonCopy } from '../../model/json/parse-json.ts'
import { registrationStatusOf } from '../../model/kinds/cluster-registration/status.ts'
import type { ClusterRegistrationSpec } from '../../model/kinds/cluster-registration/types.generated.ts'
import { fleetkitApiVersion } from '../../model/kinds/group.ts'
import type { JsonObject, KubeObject } from '../../model/object.ts'
import { agentName, type RbacSubject, readerObjects } from '../../plan/registration/made-objects.ts'
import { nextRegistrationStatus, type RegistrationOutcome } from '../../plan/registration/next-registration-status.ts'
import { planRegistration, type RegistrationPlan, type RegistrationTarget } from '../../plan/registration/plan-registration.ts'
import type { ClusterApi } from '../../ports/cluster.ts'
import { listAll } from '../attempt/list-all.ts'
import type { ReconcileContext } from '../runtime/context.ts'
import type { ReconcileRequest } from '../runtime/controller.ts'
import type { WorkResult } from '../runtime/queue/work.ts'
import { encryptTo } from './encrypt.ts'
import { makeCluster, makeObjects } from './make.ts'

/** How long all calls of one look may take. */
const workAtMostMs = 60_000

/** What a registration is worked on with. */
export interface RegistrationWork {
  readonly registrants: RbacSubject
  readonly namespace: string
  readonly lifetimeMs: number
}

/** Does what is next for a registration. */
export async function reconcileRegistration(
  { ref, object }: ReconcileRequest,
  context: ReconcileContext,
  work: RegistrationWork,
): Promise<WorkResult | undefined> {
  if (object === undefined) return undefined
  return withinTime(workAtMostMs, 'the store did not answer in time', context, async (signal) => {
    const within = { ...context, signal }
    const { store, cache, clock } = context
    // As it is now, and the Clusters too before one is made, or taken for gone: what was decided by an older state could be made twice.
    const registration = await store.get(ref, { signal })
    if (registration === undefined) return undefined
    const decide = (clusters: readonly KubeObject[]): RegistrationPlan =>
      planRegistration({ registration, clusters, namespace: work.namespace, now: clock.now() })
    const plan = decide(cache.list('Cluster'))
    if (plan.action !== 'issue' && plan.action !== 'finish') return carryOut(plan, registration, within, work)
    const clusters = await listAll(store, { apiVersion: fleetkitApiVersion, kind: 'Cluster' }, { signal })
    return carryOut(decide(clusters), registration, within, work)
  })
}

async function carryOut(
  plan: RegistrationPlan,
  registration: KubeObject,
  context: ReconcileContext,
  work: RegistrationWork,
): Promise<WorkResult | undefined> {
  const { store, signal } = context
  switch (plan.action) {
    case 'leave':
      return undefined
    case 'release':
      await store.update({ ...registration, metadata: { ...registration.metadata, finalizers: plan.finalizers } }, { signal })
      return undefined
    case 'hold':
      return { requeueAfterMs: plan.againMs }
    case 'issue':
      return issue(plan.target, registration, context, work)
    default:
      if (plan.action === 'deny') await makeObjects(readerObjects(registration, work.registrants), store, signal)
      await save(registration, { ready: false, stalled: plan.action === 'refuse', ...plan }, context)
      return undefined
  }
}

/** Makes the Cluster and what its agent may do, and then issues its token: what has a token has all the rest. */
async function issue(
  target: RegistrationTarget,
  registration: KubeObject,
  context: ReconcileContext,
  { registrants, lifetimeMs }: RegistrationWork,
): Promise<WorkResult | undefined> {
  const { store, clock, signal } = context
  const api = store as ClusterApi
  const refuse = async (reason: string, message: string): Promise<undefined> => {
    await save(registration, { ready: false, reason, message, stalled: true }, context)
  }
  if (api.createToken === undefined)
    return refuse('Failed', 'the store of the manager: found one that gives no tokens, accepted a cluster, whose ServiceAccounts have some')
  const encrypt = await encryptTo((registration.spec as ClusterRegistrationSpec).publicKey)
  if (encrypt instanceof Error) return refuse('Invalid', `spec.publicKey: found no public key: ${encrypt.message}`)
  const { namespace, name } = target
  try {
    await makeCluster(target, context)
    await makeObjects(readerObjects(registration, registrants), store, signal)
    const issuedAt = clock.now()
    const { token } = await api.createToken({ namespace, name: agentName }, { expirationSeconds: lifetimeMs / 1000, signal })
    const jwe = await encrypt({ token, namespace, cluster: name })
    const credential = { jwe, issuedAt: formatTime(issuedAt), expiresAt: formatTime(issuedAt + lifetimeMs) }
    const message = `it is the Cluster ${namespace}/${name}, and its first token is there to be fetched`
    await save(registration, { ready: true, reason: 'Issued', message, credential }, context)
    return { requeueAfterMs: lifetimeMs / 2 }
  } catch (error) {
    if (!(error instanceof FleetkitError) || hasCode(error, 'aborted', 'closed', 'timeout', 'store/conflict', 'store/lease-lost'))
      throw error
    await save(registration, { ready: false, reason: 'Failed', message: error.message }, context)
    throw error
  }
}

/** Saves what came of a registration, if that is news, onto the object that it was decided by and no other. */
async function save(registration: KubeObject, outcome: RegistrationOutcome, { store, clock, signal }: ReconcileContext): Promise<void> {
  const { generation = 0 } = registration.metadata
  const previous = registrationStatusOf(registration)
  const next = jsonCopy(nextRegistrationStatus(previous, generation, outcome, clock.now()))
  if (jsonEqual(next, previous)) return
  await store.update({ ...registration, status: next as unknown as JsonObject }, { subresource: 'status', signal })
}
