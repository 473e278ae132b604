import './error-codes.ts'
import '../../ports/error-codes.ts'
import { createHash } from 'node:crypto'
import { FleetkitError } from '../../model/errors/error.ts'
import type { ErrorCode } from '../../model/errors/error-codes.ts'
import type { GitCredentials } from '../../ports/git.ts'
import type { RemoteUrl } from './remote-url.ts'

/** One repository as one caller may see it. Its credentials are in no error that it makes. */
export class Session {
  readonly remote: RemoteUrl
  readonly credentials: GitCredentials | undefined
  /** Tells callers with other credentials apart. It stays in this process. */
  readonly identity: string
  readonly #secrets: readonly string[]

  constructor(remote: RemoteUrl, credentials: GitCredentials | undefined) {
    checkCredentials(remote, credentials)
    this.remote = remote
    this.credentials = credentials
    this.identity = createHash('sha256')
      .update(JSON.stringify([remote.url, credentials ?? null]))
      .digest('hex')
    this.#secrets = secretsOf(credentials)
  }

  /** An error about this repository: the URL leads the message. `detail` is what a server or a program said. */
  error(
    code: ErrorCode,
    message: string,
    options: { detail?: string | undefined; retryable?: boolean; retryAfterMs?: number | undefined } = {},
  ): FleetkitError {
    const { detail, ...rest } = options
    const said = detail === undefined ? '' : `: ${shorten(this.scrub(detail))}`
    return new FleetkitError(code, `${this.remote.display}: ${message}${said}`, rest)
  }

  /** `text` without the credentials, and without the user of any URL in it. */
  scrub(text: string): string {
    let clean = text
    for (const secret of this.#secrets) clean = clean.replaceAll(secret, '***')
    return clean.replace(/(\/\/)[^\s/'"]*@/g, '$1')
  }
}

function checkCredentials({ protocol, display }: RemoteUrl, credentials: GitCredentials | undefined): void {
  const refuse = (why: string): FleetkitError => new FleetkitError('git/config', `${display}: ${why}`)
  if (credentials === undefined) {
    if (protocol === 'ssh') throw refuse('ssh needs credentials of the kind `ssh`: a private key and the known hosts')
    return
  }
  const { kind } = credentials
  const wanted = protocol === 'ssh' ? kind === 'ssh' : protocol === 'file' ? false : kind === 'basic' || kind === 'bearer'
  if (!wanted) throw refuse(`credentials of the kind \`${String(kind)}\` do not go with ${protocol}`)
  const fields = kind === 'basic' ? [credentials.username, credentials.password] : kind === 'bearer' ? [credentials.token] : []
  // They become lines of a header or of git's credential protocol.
  if (fields.some((field) => typeof field !== 'string' || hasControl(field)))
    throw refuse('a user name, password or token must be a text without control characters')
  if (kind === 'basic' && credentials.username.includes(':')) throw refuse('a user name cannot have a colon in it')
}

function secretsOf(credentials: GitCredentials | undefined): string[] {
  if (credentials === undefined) return []
  const plain =
    credentials.kind === 'bearer'
      ? [credentials.token]
      : credentials.kind === 'basic'
        ? [credentials.password, Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')]
        : credentials.privateKey.split('\n').filter((line) => line.length >= 16 && !line.startsWith('-----'))
  // Some sites take a token as the user name.
  if (credentials.kind === 'basic' && credentials.username.length >= 16) plain.push(credentials.username)
  return [...new Set(plain.flatMap((secret) => [secret, encodeURIComponent(secret)]))].filter((secret) => secret.length >= 3)
}

function hasControl(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) < 0x20 || text.charCodeAt(index) === 0x7f) return true
  return false
}

function shorten(text: string): string {
  const line = text.trim().replace(/\s+/g, ' ')
  return line.length > 300 ? `${line.slice(0, 300)}…` : line
}
