import type { ResolvedOptions } from './options.ts'

/** Why a try of a request failed, as far as trying again is concerned. */
export type Failure =
  /** The request never reached the server: name not found, refused, no route. */
  | { readonly kind: 'not-sent' }
  /** The connection broke after the request may have been sent. */
  | { readonly kind: 'broken' }
  | { readonly kind: 'status'; readonly status: number; readonly retryAfterMs: number | undefined }

/**
 * How long to wait before the next try, in milliseconds; `undefined` to give up. A 429 and a request that was never
 * sent did nothing, so anything may be tried again; after a 5xx or a broken connection the request may have been
 * carried out, so only what may safely happen twice is.
 *
 * @param attempt - tries so far, from 1
 */
export function retryDelay(
  failure: Failure,
  { attempt, repeatable }: { readonly attempt: number; readonly repeatable: boolean },
  { retries, random }: Pick<ResolvedOptions, 'retries' | 'random'>,
): number | undefined {
  if (attempt >= retries.attempts) return undefined
  const safe = repeatable || failure.kind === 'not-sent' || (failure.kind === 'status' && failure.status === 429)
  if (!safe || (failure.kind === 'status' && !passing.has(failure.status))) return undefined
  const jitter = random() * Math.min(retries.baseMs * 2 ** (attempt - 1), retries.maxMs)
  const retryAfterMs = failure.kind === 'status' ? (failure.retryAfterMs ?? 0) : 0
  return retryAfterMs > retries.maxRetryAfterMs ? undefined : retryAfterMs + jitter
}

const passing: ReadonlySet<number> = new Set([429, 500, 502, 503, 504])

const notSent: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

/** The codes of an error and of its causes: connection errors come wrapped. */
export function codesOf(error: unknown): readonly string[] {
  const chain: unknown[] = [error]
  for (let depth = 0; depth < 4; depth++) chain.push((chain.at(-1) as { readonly cause?: unknown } | undefined)?.cause)
  return chain.flatMap((one) => {
    const { code, errors } = (one instanceof Error ? one : {}) as { readonly code?: unknown; readonly errors?: unknown }
    // Both addresses of a name refused, for example.
    return [...(typeof code === 'string' ? [code] : []), ...(Array.isArray(errors) ? errors.flatMap(codesOf) : [])]
  })
}

/** The certificate of the server, or ours, is not accepted. */
const notTrusted = /^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERR_OSSL)/
const mistaken =
  /^(ERR_INVALID_|ERR_MISSING_|ERR_OUT_OF_RANGE|ERR_METHOD_NOT_IMPLEMENTED|UND_ERR_INVALID_ARG|UND_ERR_INVALID_RETURN|UND_ERR_NOT_SUPPORTED)/

/**
 * What an error of the connection means: a failure that may pass, `untrusted`, or a `mistake`. A failure of a network has a code;
 * what has none, such as a TypeError, is a mistake of a program.
 */
export function connectionFailure(error: unknown): Failure | 'untrusted' | 'mistake' {
  const codes = codesOf(error)
  if (codes.some((code) => notTrusted.test(code))) return 'untrusted'
  if (codes.length === 0 || codes.some((code) => mistaken.test(code))) return 'mistake'
  return codes.some((code) => notSent.has(code)) ? { kind: 'not-sent' } : { kind: 'broken' }
}

/** Milliseconds of a `Retry-After` header, which Kubernetes gives in seconds; a date is also allowed by RFC 9110. */
export function parseRetryAfter(header: string | string[] | undefined, now: number): number | undefined {
  const text = Array.isArray(header) ? header[0] : header
  if (text === undefined) return undefined
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : Math.max(date - now, 0)
}
