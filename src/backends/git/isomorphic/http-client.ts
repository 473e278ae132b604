import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'

/** Sends requests over connections that it keeps. */
export interface HttpClient {
  /** Rejects, as its body does, when the connection breaks or the signal is aborted. */
  request(url: string, request: HttpRequest): Promise<HttpResponse>
  /** Ends what is under way. */
  destroy(): Promise<void>
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
  readonly signal: AbortSignal
}

export interface HttpResponse {
  readonly statusCode: number
  readonly headers: IncomingHttpHeaders
  /** To be read to its end, or destroyed. */
  readonly body: Readable
}

/** How many connections there are to one server. */
export const maxConnections = 8

/** Who is trusted; the usual authorities when absent. */
export interface TlsOptions {
  readonly ca?: string[]
}
