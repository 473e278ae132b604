import { formatTime } from '../../../model/condition.ts'
import { FleetkitError } from '../../../model/errors/error.ts'
import type { ObjectRef } from '../../../model/reference.ts'
import type { IssuedToken } from '../../../ports/cluster.ts'

/** A token with the claims that an API server writes, and no signature. */
export function unsignedToken(ref: ObjectRef, seconds: number, now: number, jti: string): IssuedToken {
  if (!(seconds >= 600)) throw new FleetkitError('cluster/invalid', `expirationSeconds: found ${seconds}, accepted 600 or more`, { ref })
  const iat = Math.floor(now / 1000)
  const exp = iat + seconds
  const claims = { sub: `system:serviceaccount:${ref.namespace}:${ref.name}`, iat, exp, jti }
  return { token: `e30.${base64Url(JSON.stringify(claims))}.`, expiresAt: formatTime(exp * 1000) }
}

function base64Url(text: string): string {
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
