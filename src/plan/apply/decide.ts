import type { ErrorCode } from '../../model/errors/error-codes.ts'
import type { KubeObject } from '../../model/object.ts'
import type { ObjectRef } from '../../model/reference.ts'
import type { Action, ActionType, ReasonCode } from './action.ts'

/** Makes the action about one object. */
export type Decide = (type: ActionType, code: ReasonCode, message: string) => Action

/** Decisions about one object, of which `live` was looked at and `object` is to be applied. */
export function decider(ref: ObjectRef, live: KubeObject | undefined, object?: KubeObject): Decide {
  return (type, code, message) => ({
    type,
    ref,
    reason: { code, message },
    certainty: 'predicted',
    changes: [],
    conflicts: [],
    force: false,
    takeOver: [],
    object,
    uid: live?.metadata.uid,
  })
}

/** An action that changes nothing, as the cluster has said, or as it was predicted to say. */
export function unchanged(action: Action, certainty: Action['certainty'] = 'confirmed'): Action {
  const reason = { code: 'unchanged', message: 'unchanged' } as const
  return { ...action, type: 'skip', reason, certainty, changes: [], conflicts: [], force: false, refused: undefined }
}

/** An action that must not be carried out after all. */
export function refuse(action: Action, code: ReasonCode, message: string, error?: ErrorCode): Action {
  const { type, reason } = action.refused ?? action
  return { ...action, type: 'refuse', reason: { code, message, error }, refused: { type, reason } }
}
