import type { FleetkitError } from '../../../model/errors/error.ts'
import { parseRemoteUrl, type UrlPolicy } from '../remote-url.ts'
import type { Session } from '../session.ts'
import type { HttpClient, HttpResponse } from './http-client.ts'

const discovery = '/info/refs?service=git-upload-pack'
const maxRedirects = 5

/** Where a repository really is, after redirects, and whether the caller's credentials may go there. */
export interface Endpoint {
  readonly base: string
  readonly trusted: boolean
}

/** What a git server says to a request that it accepts. */
export interface AcceptedResponse {
  readonly contentType: string
  readonly body: AsyncIterable<Uint8Array>
}

/**
 * git's smart HTTP, with abort and errors by cause. Credentials go to the origin of the repository's URL and to no other.
 */
export class GitHttp implements AsyncDisposable {
  readonly #policy: UrlPolicy
  readonly #client: HttpClient

  constructor(policy: UrlPolicy, client: HttpClient) {
    this.#policy = policy
    this.#client = client
  }

  /** Asks what the server offers, following redirects to where the repository is. */
  async discover(session: Session, signal: AbortSignal): Promise<{ readonly endpoint: Endpoint; readonly response: AcceptedResponse }> {
    let base = session.remote.url
    for (let hop = 0; hop <= maxRedirects; hop++) {
      const endpoint = { base, trusted: new URL(base).origin === new URL(session.remote.url).origin }
      const response = await this.#send(session, endpoint, { method: 'GET', path: discovery, signal })
      if (response.statusCode < 300 || response.statusCode >= 400) return { endpoint, response: await this.#accept(session, response) }
      response.body.destroy()
      base = this.#redirected(session, base, response.headers.location)
    }
    throw session.error('git/protocol', `more than ${maxRedirects} redirects`)
  }

  async post(session: Session, endpoint: Endpoint, version: 0 | 2, body: string, signal: AbortSignal): Promise<AcceptedResponse> {
    const response = await this.#send(session, endpoint, { method: 'POST', path: '/git-upload-pack', body, version, signal })
    return await this.#accept(session, response)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.destroy()
  }

  async #send(
    session: Session,
    { base, trusted }: Endpoint,
    {
      path,
      body,
      version = 2,
      signal,
      method,
    }: { method: 'GET' | 'POST'; path: string; body?: string; version?: 0 | 2; signal: AbortSignal },
  ): Promise<HttpResponse> {
    const headers: Record<string, string> = { 'user-agent': 'git/fleetkit', accept: '*/*', 'accept-encoding': 'identity' }
    if (version === 2) headers['git-protocol'] = 'version=2'
    if (body !== undefined) headers['content-type'] = 'application/x-git-upload-pack-request'
    const authorization = trusted ? authorizationOf(session) : undefined
    if (authorization !== undefined) headers.authorization = authorization
    try {
      return await this.#client.request(base + path, { method, headers, body, signal })
    } catch (error) {
      throw connectionError(session, error)
    }
  }

  async #accept(session: Session, { statusCode: status, headers, body }: HttpResponse): Promise<AcceptedResponse> {
    if (status === 200) return { contentType: String(headers['content-type'] ?? ''), body: readBody(session, body) }
    const detail = await beginning(body, String(headers['content-type'] ?? ''))
    // 203 is how Azure DevOps shows its sign-in page.
    if (status === 401 || status === 403 || status === 203) {
      const wanted =
        session.credentials === undefined ? 'the git server wants credentials' : 'the git server does not accept the credentials'
      throw session.error('git/unauthorized', `${wanted} (HTTP ${status})`, { detail })
    }
    if (status === 404 || status === 410)
      throw session.error(
        'git/repository-missing',
        `the git server knows no such repository, or hides it from these credentials (HTTP ${status})`,
      )
    if (status === 429 || status >= 500)
      throw session.error('git/unavailable', `the git server cannot serve now (HTTP ${status})`, {
        detail,
        retryAfterMs: retryAfterMs(headers['retry-after']),
      })
    throw session.error('git/protocol', `the git server answered with HTTP ${status}`, { detail })
  }

  #redirected(session: Session, base: string, location: string | string[] | undefined): string {
    const target = typeof location === 'string' && URL.canParse(location, `${base}/`) ? new URL(location, base + discovery).href : undefined
    if (target === undefined) throw session.error('git/protocol', 'the git server redirects to nowhere')
    if (!target.endsWith(discovery))
      throw session.error('git/unauthorized', 'the git server redirects to a page that is no repository, as a sign-in page would be')
    const next = target.slice(0, -discovery.length)
    if (base.startsWith('https:') && !next.startsWith('https:'))
      throw session.error('git/config', 'the git server redirects from https to plain http')
    return parseRemoteUrl(next, { ...this.#policy, allowFile: false }).url
  }
}

function authorizationOf({ credentials }: Session): string | undefined {
  if (credentials?.kind === 'bearer') return `Bearer ${credentials.token}`
  if (credentials?.kind !== 'basic') return undefined
  return `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`
}

async function* readBody(session: Session, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* body
  } catch (error) {
    throw connectionError(session, error)
  }
}

const notTrusted = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/

function connectionError(session: Session, error: unknown): FleetkitError {
  const inner = error instanceof AggregateError ? error.errors[0] : error
  const { code = '', message = '' } = inner as { code?: string; message?: string }
  const detail = message.includes(code) ? message : `${code} ${message}`
  if (notTrusted.test(code))
    return session.error('git/unreachable', 'the certificate of the git server is not trusted', { detail, retryable: false })
  return session.error('git/unreachable', 'no answer from the git server', { detail })
}

function retryAfterMs(header: string | string[] | undefined): number | undefined {
  const seconds = typeof header === 'string' && /^\d{1,6}$/.test(header) ? Number(header) : undefined
  return seconds === undefined ? undefined : seconds * 1000
}

/** What the server says about a failure, when it is for people to read. */
async function beginning(body: AsyncIterable<Uint8Array>, contentType: string): Promise<string | undefined> {
  const parts: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of body) {
      parts.push(chunk)
      size += chunk.length
      if (size > 4096) break
    }
  } catch {
    return undefined
  }
  return contentType.startsWith('text/plain') && size > 0 ? Buffer.concat(parts).toString('utf8') : undefined
}
