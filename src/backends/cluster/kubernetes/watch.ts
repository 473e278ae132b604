import { AbortScope } from '../../../async/abort-scope.ts'
import { callAfter } from '../../../async/time/call-after.ts'
import { monotonic } from '../../../async/time/monotonic.ts'
import { throwIfAborted } from '../../../model/errors/abort.ts'
import { FleetkitError, hasCode } from '../../../model/errors/error.ts'
import type { TypeRef } from '../../../model/reference.ts'
import { formatSelector, type LabelSelector } from '../../../model/selector.ts'
import type { WatchEvent } from '../../../ports/store.ts'
import { decodeWatchLine, type WatchLine } from './decode.ts'
import { type ApiRequest, type ApiResponse, knowsNoPath, responseError } from './errors.ts'
import { LineSplitter } from './lines.ts'
import type { ResolvedOptions } from './options.ts'
import { query } from './paths.ts'
import { ConnectionError, type Transport } from './transport.ts'

export interface WatchCall {
  readonly request: ApiRequest
  readonly type: TypeRef
  /** Where the type is served; with `again` the cluster is asked, whatever is known. */
  readonly pathOf: (again: boolean) => Promise<string>
  readonly labelSelector: LabelSelector | undefined
  readonly resourceVersion: string
  /** Headers that name who to act as; those of the connection when absent. */
  readonly impersonation: Readonly<Record<string, string>> | undefined
  /** Whether the server itself has just said that it has this version. */
  readonly isCurrent: boolean
  readonly signal: AbortSignal | undefined
}

/** After about this long the server ends a watch, as requested, so that watches spread over servers again. */
const serverSeconds = 290
/** The first bookmark comes within two minutes, more follow about every minute; so long without a word and the connection is dead. */
const silenceMs = { first: 150_000, later: 180_000 }
const graceMs = 30_000
/** A connection that lasted so long was a good one, even if nothing happened in it. */
const lastingMs = 1000
const firstDelayMs = 200
const maxDelayMs = 30_000
/** Larger than any object can be. */
const maxEventBytes = 16 * 2 ** 20

/**
 * The changes after a `resourceVersion`, over as many connections as it takes. Each connection goes on from the last event
 * that was given out, so no event comes twice and none is missed. Connections that end soon follow one another ever more slowly.
 */
export async function* watchChanges(
  call: WatchCall,
  transport: Transport,
  options: ResolvedOptions,
): AsyncGenerator<WatchEvent, void, undefined> {
  const { clock, random } = options
  if (call.signal?.aborted) return
  throwIfAborted(transport.closed)
  let { resourceVersion, isCurrent } = call
  for (let failures = 0, again = false; ; ) {
    const [startedAt, startedFrom] = [monotonic(clock), resourceVersion]
    let failure: FleetkitError | undefined
    try {
      const connection = oneConnection({ ...call, resourceVersion, isCurrent }, again, transport, options)
      isCurrent = false
      for await (const line of connection) {
        resourceVersion = line.resourceVersion
        yield line.type === 'BOOKMARK' ? line : { type: line.type, object: line.object }
        if (call.signal?.aborted) return
      }
      again = false
    } catch (error) {
      if (call.signal?.aborted) return
      throwIfAborted(transport.closed)
      if (error instanceof UnknownPath && !again) {
        again = true
        continue
      }
      failure = passingFailure(error instanceof UnknownPath ? error.reported : error)
      options.logger.debug('a watch broke; going on where it was', { kind: call.type.kind, resourceVersion, code: failure.code })
    }
    if (call.signal?.aborted) return
    throwIfAborted(transport.closed)
    const lasted = monotonic(clock) - startedAt >= lastingMs
    if (lasted && failure === undefined)
      failures = 0 // the server ended it, as requested: go on at once
    else {
      failures = lasted || resourceVersion !== startedFrom ? 0 : failures + 1
      const longest = Math.min(firstDelayMs * 2 ** failures, maxDelayMs)
      using scope = new AbortScope(call.signal, transport.closed)
      await clock.sleep((failure?.retryAfterMs ?? 0) + (0.5 + random() / 2) * longest, { signal: scope.signal }).catch(() => {})
    }
  }
}

/** The error as one after which a watch goes on; any other is thrown. */
function passingFailure(error: unknown): FleetkitError {
  const cause = error instanceof ConnectionError ? error.reported : error
  if (!hasCode(cause, 'cluster/unreachable', 'cluster/unavailable', 'cluster/throttled', 'cluster/busy') || !cause.retryable) throw cause
  return cause
}

/** Nothing is known of the path: the definition of the type may have changed. */
class UnknownPath extends Error {
  readonly reported: FleetkitError

  constructor(reported: FleetkitError) {
    super(reported.message)
    this.reported = reported
  }
}

/** The events of one connection, until the server ends it. */
async function* oneConnection(
  call: WatchCall,
  again: boolean,
  transport: Transport,
  options: ResolvedOptions,
): AsyncGenerator<Exclude<WatchLine, { type: 'ERROR' }>, void, undefined> {
  const { clock, random, maxResponseBytes } = options
  const { type, request, impersonation } = call
  const timeoutSeconds = Math.round(serverSeconds * (0.9 + random() * 0.2))
  const parameters = query({
    watch: true,
    allowWatchBookmarks: true,
    timeoutSeconds,
    resourceVersion: call.resourceVersion,
    labelSelector: call.labelSelector === undefined ? '' : formatSelector(call.labelSelector),
  })
  using scope = new AbortScope(call.signal, transport.closed)
  throwIfAborted(scope.signal)
  const path = await call.pathOf(again)
  if (!call.isCurrent) await expectVersion(path, call, transport, scope.signal)
  const response = await transport.open({ method: 'GET', path: path + parameters, repeatable: true, impersonation, request }, scope)
  if ('status' in response) throw failureOf(response, request)
  using stream = response
  const lines = new LineSplitter(Math.min(maxResponseBytes, maxEventBytes))
  const endsAt = monotonic(clock) + timeoutSeconds * 1000 + graceMs
  let bookmarked = false
  for (;;) {
    let chunk: IteratorResult<Uint8Array>
    {
      const longest = endsAt - monotonic(clock)
      // Only while waiting for the server, not while the consumer is busy.
      using _limit = callAfter(Math.min(longest, bookmarked ? silenceMs.later : silenceMs.first), clock, () =>
        scope.abort(new FleetkitError('cluster/unreachable', `the watch of ${type.kind} has gone silent`)),
      )
      chunk = await stream.next()
    }
    if (chunk.done) return
    for (const text of lines.push(chunk.value)) {
      const line = decodeWatchLine(text, type)
      if (line.type === 'ERROR')
        throw responseError({ status: statusOf(line.status), body: line.status, redact: transport.redact }, request)
      if (line.type === 'BOOKMARK') bookmarked = true
      yield line
    }
  }
}

/**
 * Throws `store/relist` when the server never had a version: its etcd was restored from a backup. It takes a watch from such a version, and
 * says nothing in it for ever. (Tried on a real server; k8s.io/apiserver waits 3 s for the version, and names the cause.)
 */
async function expectVersion(
  path: string,
  { resourceVersion, type, impersonation }: WatchCall,
  transport: Transport,
  signal: AbortSignal,
): Promise<void> {
  // Any version.
  if (resourceVersion === '' || resourceVersion === '0') return
  const request: ApiRequest = { verb: 'list', type }
  const parameters = query({ limit: 1, resourceVersion, resourceVersionMatch: 'NotOlderThan' })
  const response = await transport.request({
    method: 'GET',
    path: path + parameters,
    accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1, application/json',
    repeatable: true,
    impersonation,
    signal,
    request,
  })
  // Who may watch and not list has to do without.
  if (response.status >= 400 && response.status !== 403) throw failureOf(response, request)
}

function failureOf(response: ApiResponse, request: ApiRequest): Error {
  const error = responseError(response, request)
  return knowsNoPath(response) ? new UnknownPath(error) : error
}

function statusOf(body: unknown): number {
  const { code } = (body ?? {}) as { readonly code?: unknown }
  return typeof code === 'number' && code >= 400 ? code : 500
}
