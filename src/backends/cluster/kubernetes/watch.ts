import { AbortScope } from '../../../async/abort-scope.ts'
import { callAfter } from '../../../async/call-after.ts'
import { throwIfAborted } from '../../../model/errors/abort.ts'
import { FleetkitError, hasCode } from '../../../model/errors/error.ts'
import type { KubeObject } from '../../../model/object.ts'
import type { TypeRef } from '../../../model/reference.ts'
import type { WatchEvent } from '../../../ports/store.ts'
import { type ApiRequest, responseError } from './errors.ts'
import { LineSplitter } from './lines.ts'
import type { ResolvedOptions } from './options.ts'
import { query } from './paths.ts'
import { ConnectionError, type Transport } from './transport.ts'

export interface WatchCall {
  readonly type: TypeRef
  readonly path: string
  readonly labelSelector: string
  readonly resourceVersion: string
  readonly signal: AbortSignal | undefined
}

/** After about this long the server ends a watch, as requested, so that watches spread over servers again. */
const serverSeconds = 290
/** After a first bookmark more follow about every minute; so long without a word and the connection is dead. */
const silenceMs = 180_000
const graceMs = 30_000
const maxDelayMs = 30_000

/**
 * The changes after a `resourceVersion`, over as many connections as it takes. Each connection goes on from the last event
 * that was given out, so no event comes twice and none is missed.
 */
export async function* watchChanges(
  call: WatchCall,
  transport: Transport,
  options: ResolvedOptions,
): AsyncGenerator<WatchEvent, void, undefined> {
  const { clock, random, logger } = options
  if (call.signal?.aborted) return
  throwIfAborted(transport.closed)
  using scope = new AbortScope(call.signal, transport.closed)
  let { resourceVersion } = call
  for (let failures = 0; ; failures++) {
    try {
      for await (const event of oneConnection({ ...call, resourceVersion }, transport, options, scope.signal)) {
        resourceVersion = event.type === 'BOOKMARK' ? event.resourceVersion : (event.object.metadata.resourceVersion ?? resourceVersion)
        failures = -1
        yield event
        if (call.signal?.aborted) return
      }
      failures = -1 // the server ended it, as requested: go on at once
    } catch (error) {
      if (call.signal?.aborted) return
      throwIfAborted(transport.closed)
      const cause = error instanceof ConnectionError ? error.reported : error
      if (!hasCode(cause, 'cluster/unreachable', 'cluster/unavailable', 'cluster/throttled') || !cause.retryable) throw cause
      logger.debug('a watch broke; going on where it was', { kind: call.type.kind, resourceVersion, code: cause.code })
      // At most once a second when events flow, so that a server that always breaks is not hammered.
      const longest = Math.min(200 * 2 ** Math.max(failures, 0), maxDelayMs)
      await clock.sleep((cause.retryAfterMs ?? 0) + (0.5 + random() / 2) * longest, { signal: scope.signal }).catch(() => {})
    }
    if (call.signal?.aborted) return
    throwIfAborted(transport.closed)
  }
}

/** The events of one connection, until the server ends it. */
async function* oneConnection(
  call: WatchCall,
  transport: Transport,
  options: ResolvedOptions,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent, void, undefined> {
  const { clock, random, maxResponseBytes } = options
  const request: ApiRequest = { verb: 'watch', type: call.type }
  const timeoutSeconds = Math.round(serverSeconds * (0.9 + random() * 0.2))
  const parameters = query({
    watch: true,
    allowWatchBookmarks: true,
    timeoutSeconds,
    resourceVersion: call.resourceVersion,
    labelSelector: call.labelSelector,
  })
  using scope = new AbortScope(signal)
  throwIfAborted(scope.signal)
  const response = await transport.open({ method: 'GET', path: call.path + parameters, repeatable: true, request }, scope)
  if (!('chunks' in response)) throw responseError(response, request)
  using stream = response
  const lines = new LineSplitter(maxResponseBytes)
  const endsAt = clock.now() + timeoutSeconds * 1000 + graceMs
  let bookmarked = false
  const nextChunk = async (): Promise<IteratorResult<Uint8Array>> => {
    const longest = endsAt - clock.now()
    // Only while waiting for the server, not while the consumer is busy.
    using _limit = callAfter(bookmarked ? Math.min(longest, silenceMs) : longest, clock, () =>
      scope.abort(new FleetkitError('cluster/unreachable', `the watch of ${call.type.kind} has gone silent`)),
    )
    return await stream.chunks.next()
  }
  for (;;) {
    const { done, value } = await nextChunk()
    if (done) return
    for (const line of lines.push(value)) {
      const event = parseEvent(line, call.type, request)
      if (event.type === 'BOOKMARK') bookmarked = true
      yield event
    }
  }
}

function parseEvent(line: string, type: TypeRef, request: ApiRequest): WatchEvent {
  let event: { type?: unknown; object?: KubeObject & { code?: unknown } }
  try {
    event = JSON.parse(line)
  } catch {
    throw new FleetkitError('cluster/protocol', `an event of the watch of ${type.kind} is not JSON`)
  }
  const { object } = event
  if (event.type === 'ERROR') throw responseError({ status: typeof object?.code === 'number' ? object.code : 500, body: object }, request)
  if (object?.metadata === undefined) throw new FleetkitError('cluster/protocol', `an event of the watch of ${type.kind} has no object`)
  switch (event.type) {
    case 'BOOKMARK':
      return { type: 'BOOKMARK', resourceVersion: object.metadata.resourceVersion ?? '' }
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return { type: event.type, object }
    default:
      throw new FleetkitError('cluster/protocol', `an event of the watch of ${type.kind} is of no known type`)
  }
}
