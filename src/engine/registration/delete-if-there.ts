import { hasCode } from '../../model/errors/error.ts'
import type { ObjectRef } from '../../model/reference.ts'
import type { DeleteOptions, Store } from '../../ports/store.ts'

/** Deletes an object; what is gone already is no error. */
export async function deleteIfThere(ref: ObjectRef, store: Store, options: DeleteOptions): Promise<void> {
  await store.delete(ref, options).catch((error: unknown) => {
    if (!hasCode(error, 'store/not-found')) throw error
  })
}
