import type { Dispatcher } from 'undici'
import { AbortScope } from '../../../async/abort-scope.ts'
import { ByteBudget } from '../../../async/byte-budget.ts'
import { inTurns } from '../../../async/in-turns.ts'
import { Semaphore } from '../../../async/semaphore.ts'
import { monotonic } from '../../../async/time/monotonic.ts'
import { SharedTimer } from '../../../async/time/shared-timer.ts'
import { abortError, throwIfAborted } from '../../../model/errors/abort.ts'
import { FleetkitError } from '../../../model/errors/error.ts'
import { parseInPieces } from '../../../model/json/parse-in-pieces.ts'
import { parseJson } from '../../../model/json/parse-json.ts'
import type { Lease } from '../../../ports/store.ts'
import type { Connection } from './connection/connection.ts'
import { Credentials } from './connection/credentials.ts'
import { type ApiRequest, type ApiResponse, describeRequest, responseError } from './errors.ts'
import { CurrentPool } from './http/current-pool.ts'
import { type Exchanged, type ExchangeOptions, exchange } from './http/exchange.ts'
import { type HttpClient, isLoopback } from './http/http-client.ts'
import type { Pool } from './http/pool.ts'
import { readBody } from './http/read-body.ts'
import { type ResponseBody, type StreamedResponse, streamResponse } from './http/stream-response.ts'
import type { ResolvedOptions } from './options.ts'
import { codesOf, connectionFailure, type Failure, parseRetryAfter, retryDelay } from './retry.ts'

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  /** Made when the request is: thousands may be waiting. */
  readonly body?: () => string
  readonly contentType?: string
  readonly accept?: string
  /** Asks only for what is not in this state any more. */
  readonly ifNoneMatch?: string | undefined
  /** Whether the response is worth compressing. */
  readonly large?: boolean
  /** The largest response that is read, where that is less than what the cluster's options say. */
  readonly maxBytes?: number
  /** Whether carrying it out twice does no more than once. */
  readonly repeatable: boolean
  readonly signal?: AbortSignal | undefined
  /** Looked at before each try, and when a connection takes it. */
  readonly lease?: Lease | undefined
  /** Headers that name who to act as; those of the connection when absent. */
  readonly impersonation?: Readonly<Record<string, string>> | undefined
  /** For messages. */
  readonly request: ApiRequest
}

/** A response that goes on. It ends or throws a `FleetkitError`; a reader that stops earlier disposes of it. */
export interface Stream extends Disposable {
  next(): Promise<IteratorResult<Uint8Array>>
}

/** Carries requests to one API server: one pool of connections, limits, time limits, and retries by cause. */
export class Transport implements AsyncDisposable {
  readonly #connection: Connection
  readonly #http: HttpClient
  readonly #options: ResolvedOptions
  readonly #credentials: Credentials
  readonly #pool: CurrentPool
  readonly #slots: Semaphore
  readonly #bodies: ByteBudget
  readonly #limits: SharedTimer
  readonly #deadlines: SharedTimer | undefined
  readonly #host: string
  readonly #closed = new AbortController()
  readonly #loopback: boolean

  constructor(connection: Connection, http: HttpClient, options: ResolvedOptions) {
    this.#connection = connection
    this.#http = http
    this.#options = options
    this.#credentials = new Credentials(connection.credentials, options.clock)
    this.#pool = new CurrentPool({
      connect: (keyPair) => http.connect({ ...connection.tls, ...keyPair }),
      lingerMs: options.requestTimeoutMs,
      clock: options.clock,
    })
    this.#slots = new Semaphore(options.maxConcurrent)
    this.#bodies = new ByteBudget(options.maxResponseBytes)
    this.#limits = new SharedTimer(options.requestTimeoutMs, options.clock)
    this.#deadlines = options.deadlineMs === undefined ? undefined : new SharedTimer(options.deadlineMs, options.clock)
    this.#host = new URL(connection.server).host
    this.#loopback = isLoopback(connection.server)
  }

  /** Aborts when the transport is closed. */
  get closed(): AbortSignal {
    return this.#closed.signal
  }

  /** Headers that name who its user acts as; none when it acts as itself. */
  get impersonation(): Readonly<Record<string, string>> {
    return this.#connection.impersonation
  }

  /** A text of the server, without the credentials that it was sent. */
  readonly redact = (text: string): string => this.#credentials.redact(text)

  /** One request and its whole response, whatever its status. Throws only when there is none. */
  async request(call: Call): Promise<ApiResponse> {
    const { clock, logger } = this.#options
    let repeated = false
    for (let attempt = 1; ; attempt++) {
      let failure: Failure | undefined
      let outcome: ApiResponse | FleetkitError
      try {
        outcome = await this.#try(call)
        if (outcome.status < 400) return { ...outcome, repeated }
        // An internal error can also mean that the object is invalid, which another try does not change.
        if (responseError(outcome, call.request).retryable)
          failure = { kind: 'status', status: outcome.status, retryAfterMs: outcome.retryAfterMs }
      } catch (error) {
        if (!(error instanceof ConnectionError)) throw error
        failure = error.failure
        outcome = error.reported
      }
      const delay = failure && retryDelay(failure, { attempt, repeatable: call.repeatable }, this.#options)
      if (delay === undefined) {
        if (outcome instanceof FleetkitError) throw outcome
        return { ...outcome, repeated }
      }
      repeated ||= failure?.kind === 'broken' || (failure?.kind === 'status' && failure.status !== 429)
      logger.debug('trying a request again', {
        request: describeRequest(call.request),
        attempt,
        delayMs: Math.round(delay),
        failure: failure?.kind,
      })
      using scope = new AbortScope(call.signal, this.closed)
      await clock.sleep(delay, { signal: scope.signal })
    }
  }

  async #try(call: Call): Promise<ApiResponse> {
    throwIfAborted(this.closed)
    using scope = new AbortScope(call.signal, this.closed)
    // Before the slot and the time limit: a plugin may ask the user to log in.
    await this.#credentials.get(scope.signal)
    using _slot = await this.#takeSlot(call, scope.signal)
    const started = monotonic(this.#options.clock)
    using _limit = this.#limits.add(() => {
      this.#pool.replaceIfSilentSince(started)
      scope.abort(this.#tooLate(call))
    })
    try {
      return this.#asksForGzip(call)
        ? await this.#readResponse(await this.#open(call, scope.signal), call, scope.signal)
        : await this.#exchange(call, scope.signal)
    } catch (error) {
      throw this.#explain(error, call, scope.signal)
    }
  }

  #takeSlot({ request }: Call, signal: AbortSignal): Promise<Disposable> {
    const { maxConcurrent, maxWaiting } = this.#options
    if (this.#slots.isFree || this.#slots.waiting < maxWaiting) return this.#slots.acquire(signal)
    const message = `${this.#host} is busy: of its calls ${maxConcurrent} are in flight and ${maxWaiting} wait, as many as may`
    throw new FleetkitError('cluster/busy', message, { ref: request.ref })
  }

  /**
   * Does one call within what it may take in all. `cluster/unreachable` when it does not end in time; the signal that `work` gets aborts
   * then.
   */
  async withinDeadline<T>(
    request: ApiRequest,
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal | undefined) => Promise<T>,
  ): Promise<T> {
    if (this.#deadlines === undefined) return await work(signal)
    using scope = new AbortScope(signal)
    using _limit = this.#deadlines.add(() => {
      const message = `${this.#host}: no answer within ${this.#options.deadlineMs} ms in all to ${describeRequest(request)}`
      scope.abort(new FleetkitError('cluster/unreachable', message, { ref: request.ref }))
    })
    return await work(scope.signal)
  }

  /** A request whose response is read as it comes. Not tried again; `scope` ends it. */
  async open(call: Call, scope: AbortScope): Promise<Stream | ApiResponse> {
    throwIfAborted(this.closed)
    using _limit = this.#limits.add(() => scope.abort(this.#tooLate(call)))
    try {
      const response = await this.#open(call, scope.signal)
      if (response.statusCode !== 200) return await this.#readResponse(response, call, scope.signal)
      const { body } = response
      const heard = (result: IteratorResult<Uint8Array>): IteratorResult<Uint8Array> => {
        this.#pool.heard()
        return result
      }
      const explain = (error: unknown): never => {
        throw this.#explain(error, call, scope.signal)
      }
      return new BodyStream(body, heard, explain)
    } catch (error) {
      throw this.#explain(error, call, scope.signal)
    }
  }

  #tooLate({ request }: Call): FleetkitError {
    const { requestTimeoutMs } = this.#options
    return new FleetkitError('cluster/unreachable', `no answer within ${requestTimeoutMs} ms to ${describeRequest(request)}`, {
      ref: request.ref,
    })
  }

  /** A response as it comes. */
  #open(call: Call, signal: AbortSignal): Promise<StreamedResponse> {
    return this.#send(call, signal, async (pool, request) => {
      const response = await streamResponse(pool, request, signal)
      this.#pool.heard()
      return response
    })
  }

  /** A response as a whole. */
  async #exchange(call: Call, signal: AbortSignal): Promise<ApiResponse> {
    using share = this.#bodies.share()
    const options: ExchangeOptions = {
      signal,
      lease: call.lease,
      maxBytes: this.#maxBytesOf(call),
      share,
      isMultiplexed: this.#http.isMultiplexed,
      onAnswer: () => this.#pool.heard(),
    }
    const answer = await this.#send(call, signal, (pool, request) => exchange(pool, request, options))
    return this.#apiResponse(answer, answer.bytes, call)
  }

  async #readResponse(response: StreamedResponse, call: Call, signal: AbortSignal): Promise<ApiResponse> {
    using share = this.#bodies.share()
    const bytes = await readBody(response, this.#maxBytesOf(call), (length) => share.grow(length, signal))
    this.#pool.heard()
    return this.#apiResponse(response, bytes, call)
  }

  #maxBytesOf({ maxBytes = Infinity }: Call): number {
    return Math.min(maxBytes, this.#options.maxResponseBytes)
  }

  async #apiResponse(
    { statusCode, headers }: Pick<Exchanged, 'statusCode' | 'headers'>,
    bytes: Buffer,
    { request }: Call,
  ): Promise<ApiResponse> {
    const retryAfterMs = parseRetryAfter(headers['retry-after'], this.#options.clock.now())
    return {
      status: statusCode,
      body: await parseBody(bytes, statusCode, request),
      redact: this.redact,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
      ...(typeof headers.etag === 'string' && { etag: headers.etag }),
    }
  }

  #asksForGzip({ large = false }: Call): boolean {
    return large && (this.#options.compress ?? !this.#loopback)
  }

  /** Sends with the current credential; once more with another one when it is not accepted. */
  async #send<Response extends { readonly statusCode: number; readonly body?: ResponseBody }>(
    call: Call,
    signal: AbortSignal,
    send: (pool: Pool, request: Dispatcher.RequestOptions) => Promise<Response>,
  ): Promise<Response> {
    for (let again = false; ; again = true) {
      const credential = await this.#credentials.get(signal)
      throwIfAborted(call.lease?.signal)
      const response = await send(this.#pool.get(credential), {
        origin: this.#connection.server.slice(0, originLength(this.#connection.server)),
        path: this.#connection.server.slice(originLength(this.#connection.server)) + call.path,
        method: call.method,
        headers: {
          ...credential.headers,
          ...(call.impersonation ?? this.impersonation),
          accept: call.accept ?? 'application/json',
          'user-agent': this.#options.userAgent,
          ...(this.#asksForGzip(call) && { 'accept-encoding': 'gzip' }),
          ...(call.ifNoneMatch && { 'if-none-match': call.ifNoneMatch }),
          ...(call.body && { 'content-type': call.contentType ?? 'application/json' }),
        },
        body: call.body?.() ?? null,
        headersTimeout: 0,
        bodyTimeout: 0,
      })
      if (response.statusCode !== 401 || again || !this.#credentials.reject(credential)) return response
      response.body?.[Symbol.dispose]()
    }
  }

  /** The error that a failure of the connection becomes. */
  #explain(error: unknown, { request }: Call, signal: AbortSignal): unknown {
    if (signal.aborted) return abortError(signal)
    if (error instanceof FleetkitError) return error
    const failure = connectionFailure(error)
    const { ref } = request
    if (failure === 'mistake')
      return new FleetkitError('internal', `${describeRequest(request)} failed before it could be sent`, { ref, cause: error })
    const host = this.#host
    const [code] = codesOf(error)
    const reason = code === 'UND_ERR_CONNECT_TIMEOUT' ? `no connection within ${this.#options.connectTimeoutMs} ms` : code
    if (failure === 'untrusted') {
      const message = `the connection to ${host} cannot be trusted or made: ${reason}`
      return new ConnectionError(new FleetkitError('cluster/unreachable', message, { ref, cause: error, retryable: false }), undefined)
    }
    const what = failure.kind === 'not-sent' ? `${host} cannot be reached` : `the connection to ${host} broke`
    return new ConnectionError(new FleetkitError('cluster/unreachable', `${what}: ${reason}`, { ref, cause: error }), failure)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed.signal.aborted) return
    this.#closed.abort(new FleetkitError('closed', 'the cluster was used after it had been closed'))
    await this.#pool[Symbol.asyncDispose]()
  }
}

class BodyStream implements Stream {
  readonly #body: ResponseBody
  readonly #heard: (result: IteratorResult<Uint8Array>) => IteratorResult<Uint8Array>
  readonly #explain: (error: unknown) => never

  constructor(
    body: ResponseBody,
    heard: (result: IteratorResult<Uint8Array>) => IteratorResult<Uint8Array>,
    explain: (error: unknown) => never,
  ) {
    this.#body = body
    this.#heard = heard
    this.#explain = explain
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    return this.#body.next().then(this.#heard, this.#explain)
  }

  [Symbol.dispose](): void {
    this.#body[Symbol.dispose]()
  }
}

/** Inside this folder only: an error of the connection, with what it means for trying again. */
export class ConnectionError extends Error {
  readonly reported: FleetkitError
  readonly failure: Failure | undefined

  constructor(reported: FleetkitError, failure: Failure | undefined) {
    super(reported.message)
    this.reported = reported
    this.failure = failure
  }
}

function originLength(server: string): number {
  const slash = server.indexOf('/', server.indexOf('//') + 2)
  return slash < 0 ? server.length : slash
}

/** How many bytes are read as a whole. */
const wholeBytes = 1_000_000

/** The JSON of a response. A failure may have another body (from a proxy in between), a success may not. */
async function parseBody(bytes: Buffer, status: number, request: ApiRequest): Promise<unknown> {
  if (bytes.length === 0) return undefined
  try {
    return bytes.length < wholeBytes ? parseJson(bytes.toString('utf8')) : await inTurns(parseInPieces(bytes))
  } catch {
    if (status >= 300) return undefined
    throw new FleetkitError('cluster/protocol', `the answer to ${describeRequest(request)} is not JSON`, { ref: request.ref })
  }
}
