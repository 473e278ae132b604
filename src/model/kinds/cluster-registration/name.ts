import { sha256 } from '../../sha256.ts'
import type { RegistrationKey } from './types.generated.ts'

/**
 * The name of the registration with a key. It follows from the key: one key has one registration, however often it is sent, and no name can be chosen, such as that of
 * another one, or of a Role in its namespace.
 *
 * @category ClusterRegistration
 */
export function registrationNameOf({ crv, x, y }: RegistrationKey): string {
  return `registration-${sha256(JSON.stringify([crv, x, y])).slice(0, 32)}`
}
