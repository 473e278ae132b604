import { getCondition } from '../../model/condition.ts'
import { FleetkitError, hasCode } from '../../model/errors/error.ts'
import { isMap } from '../../model/json/value.ts'
import { registrationStatusOf } from '../../model/kinds/cluster-registration/status.ts'
import type { KubeObject } from '../../model/object.ts'
import type { ObjectRef } from '../../model/reference.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Store } from '../../ports/store.ts'
import type { KeptKey } from './key.ts'

/** How often is asked whether there is an answer: at first, and at last. */
const [askAfterMs, askAtMostMs] = [5000, 60_000]

/** What waiting for the management is done with. */
export interface Waiting {
  readonly upstream: Pick<Store, 'get' | 'create'>
  readonly clock: Clock
  readonly logger: Logger
  /** Uniform in [0, 1). */
  readonly random: () => number
  readonly signal?: AbortSignal | undefined
}

/** Who this cluster is in the management, and its first token there. */
export interface Credential {
  readonly token: string
  readonly namespace: string
  readonly cluster: string
}

/** Sends a registration, once: its name is that of a key, so one that is there already is this one. Goes on until the management can be reached. */
export async function send(registration: KubeObject, waiting: Waiting): Promise<void> {
  await poll(waiting, 'the registration could not be sent', async () => {
    try {
      await waiting.upstream.create(registration, { signal: waiting.signal })
    } catch (error) {
      if (!hasCode(error, 'store/exists')) throw error
    }
    return true
  })
}

/**
 * Waits until a registration is approved. Before it is decided on it may not be read: that is no failure.
 *
 * @throws FleetkitError `registration/denied`, `registration/unreadable`
 */
export async function awaitCredential(ref: ObjectRef, key: KeptKey, waiting: Waiting): Promise<Credential> {
  return poll(waiting, 'the management could not be asked', async () => {
    const object = await waiting.upstream.get(ref, { signal: waiting.signal }).catch((error: unknown) => {
      if (hasCode(error, 'cluster/forbidden', 'store/not-found')) return undefined
      throw error
    })
    if (object === undefined) return undefined
    const { conditions, credential } = registrationStatusOf(object)
    const ready = getCondition(conditions, 'Ready')
    if (ready?.reason === 'Denied' || ready?.reason === 'Unregistered')
      throw new FleetkitError('registration/denied', ready.message, { ref })
    return credential === undefined ? undefined : credentialIn(await key.decrypt(credential.jwe), ref)
  })
}

function credentialIn(value: unknown, ref: ObjectRef): Credential {
  const { token, namespace, cluster } = isMap(value) ? value : {}
  if (typeof token === 'string' && typeof namespace === 'string' && typeof cluster === 'string') return { token, namespace, cluster }
  throw new FleetkitError(
    'registration/unreadable',
    'its credential: found something else, accepted JSON with token, namespace and cluster',
    { ref },
  )
}

/** Asks again and again, until there is something. */
async function poll<T>({ clock, logger, random, signal }: Waiting, failure: string, ask: () => Promise<T | undefined>): Promise<T> {
  for (let afterMs = askAfterMs; ; afterMs = Math.min(2 * afterMs, askAtMostMs)) {
    try {
      const answer = await ask()
      if (answer !== undefined) return answer
    } catch (error) {
      if (!(error instanceof FleetkitError) || !error.retryable || signal?.aborted) throw error
      logger.warn(failure, { error })
    }
    // Clusters that were started together do not ask together.
    await clock.sleep(afterMs * (1 + random()) * 0.5, { signal })
  }
}
