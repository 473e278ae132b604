import { Buffer } from 'node:buffer'
import { FleetkitError } from '../../../model/errors/error.ts'
import type { ObjectRef } from '../../../model/reference.ts'
import type { GitCredentials } from '../../../ports/git.ts'
import type { Store } from '../../../ports/store.ts'

/**
 * The credentials in a Secret, by the keys that Flux uses: `username` and `password`, `bearerToken`, or `identity` and
 * `known_hosts`. `git/config` names the Secret and the keys, never a value.
 */
export async function readCredentials(home: Pick<Store, 'get'>, secret: ObjectRef, signal: AbortSignal): Promise<GitCredentials> {
  const object = await home.get(secret, { signal })
  if (object === undefined) throw new FleetkitError('git/config', 'the Secret of spec.source.git.secretRef does not exist', { ref: secret })
  const data = (object.data ?? {}) as Readonly<Record<string, string>>
  const value = (key: string): string | undefined =>
    Object.hasOwn(data, key) ? Buffer.from(data[key] as string, 'base64').toString('utf8') : undefined
  const [username, password, token, privateKey, knownHosts] = ['username', 'password', 'bearerToken', 'identity', 'known_hosts'].map(value)
  if (token !== undefined) return { kind: 'bearer', token: token.trim() }
  if (privateKey !== undefined && knownHosts !== undefined) return { kind: 'ssh', privateKey, knownHosts }
  if (username !== undefined && password !== undefined) return { kind: 'basic', username, password }
  const found = Object.keys(data).sort().join(', ') || 'none'
  throw new FleetkitError(
    'git/config',
    `found the keys ${found}; accepted: username and password, or bearerToken, or identity and known_hosts`,
    { ref: secret },
  )
}
