import { inRealTime, loadOnce } from '../../async/load-once.ts'
import { toError } from '../../model/errors/to-error.ts'
import type { RegistrationKey } from '../../model/kinds/cluster-registration/types.generated.ts'
import type { JsonObject } from '../../model/object.ts'

const algorithm = 'ECDH-ES'
const encryption = 'A256GCM'
const jose = loadOnce(() => import('jose'))

/** Encrypts for the holder of a key, as a compact JWE. */
export type Encrypt = (payload: JsonObject) => Promise<string>

/** What encrypts to a public key, or the error that says why nothing can be: it is no point of the curve. */
export async function encryptTo(key: RegistrationKey): Promise<Encrypt | Error> {
  const { importJWK, CompactEncrypt } = await jose()
  try {
    const imported = await inRealTime(() => importJWK({ ...key }, algorithm))
    return (payload) => {
      const text = new TextEncoder().encode(JSON.stringify(payload))
      return inRealTime(() => new CompactEncrypt(text).setProtectedHeader({ alg: algorithm, enc: encryption }).encrypt(imported))
    }
  } catch (error) {
    return toError(error)
  }
}
