import { parseJson } from '../../model/json/parse-json.ts'
import { isMap } from '../../model/json/value.ts'

/** What the token of a ServiceAccount says of itself. */
export interface TokenClaims {
  readonly namespace: string
  /** The name of the ServiceAccount. */
  readonly name: string
  /** For how long it was issued, by the clock of who issued it, in milliseconds. */
  readonly lifetimeMs: number
}

/** The claims of a token; `undefined` for one that is not of a ServiceAccount. They are not verified: who issued it does that. */
export function claimsOf(token: string): TokenClaims | undefined {
  const [, payload = ''] = token.split('.')
  const claims = decoded(payload)
  if (!isMap(claims)) return undefined
  const { sub, iat, exp } = claims
  const [, namespace = '', name = ''] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(String(sub)) ?? []
  const lifetimeMs = (Number(exp) - Number(iat)) * 1000
  return name !== '' && lifetimeMs > 0 ? { namespace, name, lifetimeMs } : undefined
}

function decoded(base64Url: string): unknown {
  try {
    return parseJson(atob(base64Url.replaceAll('-', '+').replaceAll('_', '/')))
  } catch {
    return undefined
  }
}
