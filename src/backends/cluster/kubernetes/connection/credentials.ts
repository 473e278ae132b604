import { monotonic } from '../../../../async/time/monotonic.ts'
import { untilAborted } from '../../../../async/until-aborted.ts'
import { abortError } from '../../../../model/errors/abort.ts'
import { FleetkitError } from '../../../../model/errors/error.ts'
import type { Clock } from '../../../../ports/clock.ts'

/** What a request authenticates with. */
export interface Credential {
  readonly headers: Readonly<Record<string, string>>
  /** A client certificate and its key, in PEM. */
  readonly cert?: Buffer
  readonly key?: Buffer
  /** Milliseconds since the epoch; absent when nothing is known of an end. */
  readonly expiresAt?: number
}

/** Where credentials come from. */
export interface CredentialSource {
  /** Whether asking again can give another one. */
  readonly renewable: boolean
  /** Asks again. */
  obtain(): Promise<Credential>
}

/** One that never changes. */
export function staticSource(credential: Credential): CredentialSource {
  return { renewable: false, obtain: async () => credential }
}

/** One in files that are replaced from time to time, as the tokens of service accounts are: read again after a minute, as client-go does. */
export function fileSource(read: () => Promise<Credential>): CredentialSource {
  return { renewable: true, obtain: async () => ({ ...(await read()), expiresAt: Number.NaN }) }
}

/** The header of a token. `cluster/config` for one that no header can hold; `from` says where it is. */
export function bearer(token: string, from: string): string {
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new FleetkitError('cluster/config', `${from}: found no token, accepted one line of printable characters`)
  return `Bearer ${token}`
}

const earlyMs = 60_000
const recheckMs = 60_000
const leastAgeMs = 5000
/** Those of this credential and of the one before it: a late answer may repeat that one. */
const maxSecrets = 8

/** Keeps the credential of one cluster: obtained once for all who wait, and again a minute before it ends. */
export class Credentials {
  readonly #source: CredentialSource
  readonly #clock: Clock
  #current: { readonly credential: Credential; readonly since: number; readonly until: number } | undefined
  #pending: Promise<Credential> | undefined
  #secrets: readonly string[] = []

  constructor(source: CredentialSource, clock: Clock) {
    this.#source = source
    this.#clock = clock
  }

  /** The credential to use now. `cluster/unauthorized` when none can be had. */
  async get(signal?: AbortSignal): Promise<Credential> {
    if (signal?.aborted) throw abortError(signal)
    const current = this.#current
    if (current !== undefined && this.#clock.now() < current.until) return current.credential
    this.#pending ??= this.#obtain().finally(() => {
      this.#pending = undefined
    })
    return untilAborted(this.#pending, signal)
  }

  /** `text` without the secrets of this credential and the one before it. */
  redact(text: string): string {
    let clean = text
    for (const secret of this.#secrets) clean = clean.replaceAll(secret, '***')
    return clean
  }

  /** Notes that the server did not accept `credential`. Returns whether another one may be had. */
  reject(credential: Credential): boolean {
    if (!this.#source.renewable) return false
    if (this.#current?.credential !== credential) return true
    // A server that accepts no token must not make us run a program for every request.
    if (monotonic(this.#clock) - this.#current.since < leastAgeMs) return false
    this.#current = undefined
    return true
  }

  async #obtain(): Promise<Credential> {
    const before = this.#current?.credential
    try {
      const credential = await this.#source.obtain()
      const [since, now] = [monotonic(this.#clock), this.#clock.now()]
      const { expiresAt = Number.POSITIVE_INFINITY } = credential
      // One that lives shorter than the margin is used while it lasts.
      const until = Number.isNaN(expiresAt) ? now + recheckMs : expiresAt - now > earlyMs ? expiresAt - earlyMs : expiresAt
      this.#current = { credential, since, until }
      this.#secrets = [...secretsOf(credential), ...this.#secrets].slice(0, maxSecrets)
      return credential
    } catch (error) {
      if (before?.expiresAt !== undefined && this.#clock.now() < before.expiresAt) return before
      if (error instanceof FleetkitError) throw error
      // Neither what it says nor what it carries: both can hold a token.
      const { name, code } = error as NodeJS.ErrnoException
      throw new FleetkitError('cluster/unauthorized', `no credentials could be had: ${code ?? name}`)
    }
  }
}

/** What a server could repeat of a credential: a token, a password, both as they are and as they stand in a URL. */
function secretsOf({ headers }: Credential): readonly string[] {
  const [scheme, value = ''] = (headers.authorization ?? '').split(' ')
  const decoded = scheme === 'Basic' ? Buffer.from(value, 'base64').toString() : ''
  const secrets = [value, decoded, decoded.slice(decoded.indexOf(':') + 1)].filter((secret) => secret.length >= 3)
  return [...new Set(secrets.flatMap((secret) => [secret, encodeURIComponent(secret)]))]
}
