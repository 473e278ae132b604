import type { JWK } from 'jose'
import { inRealTime, loadOnce } from '../../async/load-once.ts'
import { FleetkitError, hasCode } from '../../model/errors/error.ts'
import { parseJson } from '../../model/json/parse-json.ts'
import { isMap } from '../../model/json/value.ts'
import { registrationNameOf } from '../../model/kinds/cluster-registration/name.ts'
import type { RegistrationKey } from '../../model/kinds/cluster-registration/types.generated.ts'
import type { ObjectRef } from '../../model/reference.ts'
import { fromBase64, toBase64 } from '../../plan/registration/registered-objects.ts'
import type { CallOptions, Store } from '../../ports/store.ts'

const jose = loadOnce(() => import('jose'))
const algorithm = 'ECDH-ES'

/** The key pair of one registration. */
export interface KeptKey {
  readonly publicKey: RegistrationKey
  /** The name of the registration: it follows from the key, so that one key is sent once, however often it is tried. */
  readonly registration: string
  /** @throws FleetkitError `registration/unreadable` */
  decrypt(jwe: string): Promise<unknown>
}

/** The key that is kept in a Secret; made, and kept, when there is none. */
export async function keptKey(store: Store, ref: ObjectRef, options: CallOptions): Promise<KeptKey> {
  const kept = await readKey(store, ref, options)
  if (kept !== undefined) return kept
  const { apiVersion, kind, namespace, name } = ref
  const data = { key: toBase64(JSON.stringify(await newKey())) }
  try {
    await store.create({ apiVersion, kind, metadata: { namespace, name }, type: 'Opaque', data }, options)
  } catch (error) {
    if (!hasCode(error, 'store/exists')) throw error
  }
  const made = await readKey(store, ref, options)
  if (made === undefined) throw new FleetkitError('store/conflict', 'the key of the registration was deleted meanwhile', { ref })
  return made
}

/** The key that is kept in a Secret, if there is one. `store/corrupt` when it holds something else. */
export async function readKey(store: Store, ref: ObjectRef, options: CallOptions): Promise<KeptKey | undefined> {
  const secret = await store.get(ref, options)
  if (secret === undefined) return undefined
  const text = fromBase64((secret.data as { readonly key?: unknown } | undefined)?.key)
  const jwk = text === undefined ? undefined : jwkIn(text)
  if (jwk === undefined)
    throw new FleetkitError('store/corrupt', 'data.key: found no private key of P-256: delete the Secret to register anew', { ref })
  const { kty, crv, x, y } = jwk
  return {
    publicKey: { kty, crv, x, y },
    registration: registrationNameOf({ kty, crv, x, y }),
    decrypt: (jwe) => decrypted(jwe, jwk, ref),
  }
}

type PrivateKey = RegistrationKey & { readonly d: string }

function jwkIn(text: string): PrivateKey | undefined {
  try {
    const jwk = parseJson(text)
    const fits = isMap(jwk) && jwk.kty === 'EC' && jwk.crv === 'P-256' && [jwk.x, jwk.y, jwk.d].every((part) => typeof part === 'string')
    return fits ? (jwk as unknown as PrivateKey) : undefined
  } catch {
    return undefined
  }
}

async function newKey(): Promise<JWK> {
  const { generateKeyPair, exportJWK } = await jose()
  return inRealTime(async () => exportJWK((await generateKeyPair(algorithm, { crv: 'P-256', extractable: true })).privateKey))
}

async function decrypted(jwe: string, jwk: PrivateKey, ref: ObjectRef): Promise<unknown> {
  const { importJWK, compactDecrypt } = await jose()
  try {
    const { plaintext } = await inRealTime(async () => compactDecrypt(jwe, await importJWK({ ...jwk }, algorithm)))
    return parseJson(new TextDecoder().decode(plaintext))
  } catch {
    throw new FleetkitError('registration/unreadable', 'its credential was not encrypted to the key that is kept here', { ref })
  }
}
