import { retryOnConflict } from '../../async/retry-on-conflict.ts'
import { monotonic } from '../../async/time/monotonic.ts'
import { withinTime } from '../../async/time/within-time.ts'
import { FleetkitError } from '../../model/errors/error.ts'
import type { ClusterSpec } from '../../model/kinds/cluster/types.generated.ts'
import { fleetkitApiVersion } from '../../model/kinds/group.ts'
import type { PullSyncSpec } from '../../model/kinds/pull-sync/types.generated.ts'
import type { KubeObject } from '../../model/object.ts'
import { type ObjectRef, refKey } from '../../model/reference.ts'
import { kubeconfigWithToken, tokenIn } from '../../plan/registration/kubeconfig.ts'
import { fromBase64, registrationAnnotation, toBase64 } from '../../plan/registration/registered-objects.ts'
import { claimsOf } from '../../plan/registration/token-claims.ts'
import type { CallOptions, Store } from '../../ports/store.ts'
import type { ReconcileContext } from '../runtime/context.ts'
import type { ReconcileRequest } from '../runtime/controller.ts'
import type { WorkResult } from '../runtime/queue/work.ts'

/** How often is looked whether it is time: a machine that slept, or a Secret that another one wrote, is noticed by then. */
const lookEveryMs = 600_000
/** How long the store and the management may take. */
const workAtMostMs = 60_000

/** A token that was renewed here, and when, by the clocks of here. */
interface Held {
  readonly token: string
  readonly lifetimeMs: number
  readonly at: number
  readonly now: number
}

/** A Secret with a token for the management, and the Cluster that names it. */
interface Found {
  readonly management: ObjectRef
  readonly secret: ObjectRef
  readonly kubeconfig: string
  readonly token: string
}

/** Renews tokens. What is left of one is known only of those that it has renewed itself, so each is renewed when it is first seen. */
export class TokenRenewal {
  readonly #lifetimeMs: number
  readonly #held = new Map<string, Held>()

  constructor(lifetimeMs: number) {
    this.#lifetimeMs = lifetimeMs
  }

  async reconcile({ ref, object }: ReconcileRequest, context: ReconcileContext): Promise<WorkResult | undefined> {
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) {
      this.#held.delete(refKey(ref))
      return undefined
    }
    return context.idle(() =>
      withinTime(workAtMostMs, 'it did not answer in time', context, async (signal) => {
        const found = await findToken(object, context.store, { signal })
        const leftMs = found === undefined ? lookEveryMs : await this.#renewed(ref, found, { ...context, signal })
        return { requeueAfterMs: Math.min(leftMs, lookEveryMs) }
      }),
    )
  }

  /** How long a token is good yet, which is another one if its time had come. */
  async #renewed(ref: ObjectRef, { management, secret, kubeconfig, token }: Found, context: ReconcileContext): Promise<number> {
    const { clock, store, signal, logger } = context
    const left = this.#leftMs(ref, token, context)
    if (left > 0) return left
    const claims = claimsOf(token)
    if (claims === undefined) return lookEveryMs
    const api = context.clusterOf(management)
    if (api.createToken === undefined)
      throw new FleetkitError('cluster/config', 'this kind of cluster gives no tokens', { ref: management })
    const { token: next } = await api.createToken(claims, { expirationSeconds: Math.floor(this.#lifetimeMs / 1000), signal })
    const lifetimeMs = claimsOf(next)?.lifetimeMs ?? this.#lifetimeMs
    if (!(await replaceToken(secret, token, kubeconfigWithToken(kubeconfig, next), store, { signal }))) return 0
    this.#held.set(refKey(ref), { token: next, lifetimeMs, at: monotonic(clock), now: clock.now() })
    logger.info('the token for the management was renewed', { lifetimeMs })
    return lifetimeMs / 2
  }

  /** How long it is until half of a token's life is over. One clock stands while a machine sleeps, the other one is set. */
  #leftMs(ref: ObjectRef, token: string, { clock }: ReconcileContext): number {
    const held = this.#held.get(refKey(ref))
    if (held?.token !== token) return 0
    return held.lifetimeMs / 2 - Math.max(monotonic(clock) - held.at, clock.now() - held.now)
  }
}

/** The token that a PullSync is worked with, if it is one that a registration has brought. */
async function findToken({ metadata, spec }: KubeObject, store: Store, options: CallOptions): Promise<Found | undefined> {
  const { namespace } = metadata
  const name = (spec as Partial<PullSyncSpec> | undefined)?.upstream?.cluster?.name
  if (typeof name !== 'string') return undefined
  const management: ObjectRef = { apiVersion: fleetkitApiVersion, kind: 'Cluster', namespace, name }
  const cluster = await store.get(management, options)
  const secretName = (cluster?.spec as Partial<ClusterSpec> | undefined)?.access?.kubeConfig?.secretRef.name
  if (secretName === undefined) return undefined
  const secret: ObjectRef = { apiVersion: 'v1', kind: 'Secret', namespace, name: secretName }
  const kubeconfig = kubeconfigIn(await store.get(secret, options))
  const token = kubeconfig === undefined ? undefined : tokenIn(kubeconfig)
  return kubeconfig === undefined || token === undefined ? undefined : { management, secret, kubeconfig, token }
}

/** The kubeconfig in a Secret that a registration has written. */
function kubeconfigIn(secret: KubeObject | undefined): string | undefined {
  const isOurs = secret?.metadata.annotations?.[registrationAnnotation] !== undefined
  return isOurs ? fromBase64((secret.data as { readonly value?: unknown } | undefined)?.value) : undefined
}

/** Writes a kubeconfig in place of the one with `token`, and of no other. Whether it did. */
async function replaceToken(ref: ObjectRef, token: string, kubeconfig: string, store: Store, options: CallOptions): Promise<boolean> {
  return retryOnConflict(async () => {
    const secret = await store.get(ref, options)
    const present = kubeconfigIn(secret)
    if (secret === undefined || present === undefined || tokenIn(present) !== token) return false
    await store.update({ ...secret, data: { ...(secret.data as object), value: toBase64(kubeconfig) } }, options)
    return true
  })
}
