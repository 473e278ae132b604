import { FleetkitError } from '../../model/errors/error.ts'
import type { SyncHandbrake } from '../../model/kinds/sync/types.generated.ts'
import type { KubeObject } from '../../model/object.ts'
import { refOf } from '../../model/reference.ts'
import { handbrakeMessage } from '../../plan/sync/next-status.ts'
import type { Store } from '../../ports/store.ts'

/** The handbrake of a Sync as it is stored, valid or not: one that is pulled in a hurry is not to fail by its form. */
export function handbrakeOf(object: KubeObject | undefined): SyncHandbrake | undefined {
  const handbrake = (object?.spec as { readonly handbrake?: Partial<SyncHandbrake> | null } | undefined)?.handbrake
  if (handbrake === undefined || handbrake === null) return undefined
  const { by, reason } = handbrake
  return { by: typeof by === 'string' ? by : 'an unnamed person', reason: typeof reason === 'string' ? reason : 'no reason is given' }
}

/** Why nothing may be written for a Sync; `undefined` when it has no handbrake. */
export function handbrakeError(object: KubeObject | undefined): FleetkitError | undefined {
  const handbrake = handbrakeOf(object)
  if (object === undefined || handbrake === undefined) return undefined
  return new FleetkitError('sync/handbrake', `nothing is written, ${handbrakeMessage(handbrake)}`, { ref: refOf(object) })
}

/** A handbrake that can be pulled while work is under way. Dispose of it when the work ends. */
export interface HandbrakeWatch extends Disposable {
  /** Why nothing may be written any more. The first call begins to look. */
  readonly brake: () => FleetkitError | undefined
}

/** Looks out for the handbrake of a Sync in its store, from the state on that it was read in. Who may not watch there sees none. */
export function watchHandbrake(store: Pick<Store, 'watch'>, read: KubeObject): HandbrakeWatch {
  const stop = new AbortController()
  const { apiVersion, kind, metadata } = read
  let latest = read
  let begun = false
  const look = async (): Promise<void> => {
    const from = { namespace: metadata.namespace, resourceVersion: metadata.resourceVersion ?? '', signal: stop.signal }
    // A store that is wrapped may answer with a promise.
    const changes = await store.watch({ apiVersion, kind }, from)
    for await (const event of changes) if (event.type === 'MODIFIED' && event.object.metadata.uid === metadata.uid) latest = event.object
  }
  return {
    brake() {
      if (!begun) look().catch(() => {})
      begun = true
      return handbrakeError(latest)
    },
    [Symbol.dispose]: () => stop.abort(),
  }
}
