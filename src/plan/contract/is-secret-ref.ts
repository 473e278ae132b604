import { isSecret } from '../../manifest/fields/comparable.ts'
import type { Action } from '../apply/action.ts'

/** Whether an action is about a Secret: its values are concealed in a sealed plan. */
export function isSecretRef({ ref }: Pick<Action, 'ref'>): boolean {
  return isSecret({ ...ref, metadata: { name: ref.name } })
}
