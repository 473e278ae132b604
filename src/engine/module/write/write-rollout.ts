import { retryOnConflict } from '../../../async/retry-on-conflict.ts'
import { hasCode } from '../../../model/errors/error.ts'
import { jsonEqual } from '../../../model/json/json-equal.ts'
import { allModules } from '../../../model/kinds/rollout/rollout.ts'
import { rolloutStatusSchema } from '../../../model/kinds/rollout/schema.ts'
import type { StoredRolloutStatus } from '../../../model/kinds/rollout/types.generated.ts'
import type { JsonObject, KubeObject } from '../../../model/object.ts'
import { validate } from '../../../model/schema/validate.ts'
import { listAll } from '../../attempt/list-all.ts'
import { createOrUpdate } from '../../object/create-or-update.ts'
import type { RunContext } from '../../runtime/context.ts'
import { rolloutType } from '../types.ts'

/** What was stored of the rollouts of a namespace, by Module. The one that holds for all of them is made if it is not there, so that people can change it. */
export async function readRollouts(namespace: string, { store, signal }: RunContext): Promise<ReadonlyMap<string, StoredRolloutStatus>> {
  const objects = await listAll(store, rolloutType, { namespace, signal })
  if (!objects.some(({ metadata }) => metadata.name === allModules))
    await store.create({ ...rolloutType, metadata: { namespace, name: allModules }, spec: {} }, { signal }).catch((error: unknown) => {
      if (!hasCode(error, 'store/exists')) throw error
    })
  return new Map(
    objects.flatMap(({ metadata: { name }, status }): [string, StoredRolloutStatus][] =>
      name === allModules ? [] : [[name, readStatus(status)]],
    ),
  )
}

/** What is no status is as none: what is remembered of a rollout is found again. */
function readStatus(status: KubeObject['status']): StoredRolloutStatus {
  const given = status ?? {}
  return validate(rolloutStatusSchema, given, 'status').length > 0 ? {} : (given as StoredRolloutStatus)
}

/** Keeps what is remembered of the rollout of a Module, whose object owns what is kept. */
export async function writeRollout(
  { metadata, apiVersion, kind }: KubeObject,
  status: StoredRolloutStatus,
  { store, signal }: RunContext,
): Promise<void> {
  const { name, namespace, uid } = metadata
  const owners = uid === undefined ? [] : [{ apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true }]
  const ref = { ...rolloutType, namespace, name }
  await retryOnConflict(async () => {
    const { object } = await createOrUpdate(
      store,
      ref,
      (present) => ({
        ...present,
        metadata: { ...present.metadata, ...(owners.length > 0 && { ownerReferences: owners }) },
        spec: { ...(present.spec as JsonObject | undefined), module: name },
      }),
      { signal },
    )
    if (!jsonEqual(status, object.status ?? {})) await store.update({ ...object, status }, { signal, subresource: 'status' })
  })
}

/** Forgets the rollout of a Module that is gone. */
export async function deleteRollout(namespace: string, name: string, { store, signal }: RunContext): Promise<void> {
  const ref = { ...rolloutType, namespace, name }
  if ((await store.get(ref, { signal })) !== undefined) await store.delete(ref, { signal })
}
