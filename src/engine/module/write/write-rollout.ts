import { jsonCopy } from '../../../model/json/parse-json.ts'
import type { JsonObject, KubeObject } from '../../../model/object.ts'
import type { RolloutRecord } from '../../../plan/fleet/planner/input.ts'
import type { RolloutState } from '../../../rollout/state/state.ts'
import { listAll } from '../../attempt/list-all.ts'
import { createOrUpdate } from '../../object/create-or-update.ts'
import type { RunContext } from '../../runtime/context.ts'
import { rolloutType } from '../types.ts'

/** The states of the rollouts of a namespace, as they were stored. */
export async function readRollouts(namespace: string, { store, signal }: RunContext): Promise<readonly RolloutRecord[]> {
  const objects = await listAll(store, rolloutType, { namespace, signal })
  return objects.flatMap(({ metadata, spec }) => {
    const { state } = (spec ?? {}) as { readonly state?: unknown }
    return typeof state === 'object' && state !== null ? [{ module: metadata.name, state: state as RolloutState }] : []
  })
}

/** Keeps the state of the rollout of a Module, whose object owns what is kept. */
export async function writeRollout(
  { metadata, apiVersion, kind }: KubeObject,
  state: RolloutState,
  { store, signal }: RunContext,
): Promise<void> {
  const { name, namespace, uid } = metadata
  const owners = uid === undefined ? [] : [{ apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true }]
  const spec = { module: name, state: jsonCopy(state) as unknown as JsonObject }
  await createOrUpdate(
    store,
    { ...rolloutType, namespace, name },
    (present) => ({ ...present, metadata: { ...present.metadata, ...(owners.length > 0 && { ownerReferences: owners }) }, spec }),
    { signal },
  )
}

/** Forgets the rollout of a Module that is gone. */
export async function deleteRollout(namespace: string, name: string, { store, signal }: RunContext): Promise<void> {
  const ref = { ...rolloutType, namespace, name }
  if ((await store.get(ref, { signal })) !== undefined) await store.delete(ref, { signal })
}
