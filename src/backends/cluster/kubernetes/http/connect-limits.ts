import type { Socket } from 'node:net'
import type { buildConnector } from 'undici'
import { onAbort } from '../../../../async/on-abort.ts'
import { Semaphore } from '../../../../async/semaphore.ts'
import { callAfter } from '../../../../async/time/call-after.ts'
import { abortError } from '../../../../model/errors/abort.ts'
import type { Clock } from '../../../../ports/clock.ts'

/** Connects as undici asks for it. Gives the socket that will be connected, where it is known at once. */
export type Connector = (options: buildConnector.Options, callback: buildConnector.Callback) => unknown

export interface ConnectLimits {
  readonly connectTimeoutMs: number
  readonly clock: Clock
  /** Ends attempts that have not succeeded yet. */
  readonly signal: AbortSignal
}

/** Of the whole process: a thousand handshakes at once would hold up the requests of those who are connected. */
const places = new Semaphore(20)
/** An attempt that still waits for the other side takes no processor time. Were its place kept, dead clusters would keep all of them. */
const placeMs = 100

/** `connect` with a place for each attempt and an end to it. */
export function limitConnector(connect: Connector, limits: ConnectLimits): Connector {
  return (options, callback) => {
    places.acquire(limits.signal).then(
      (place) => attempt(place, connect, limits, options, callback),
      (error: Error) => callback(error, null),
    )
  }
}

function attempt(
  place: Disposable,
  connect: Connector,
  { connectTimeoutMs, clock, signal }: ConnectLimits,
  options: buildConnector.Options,
  callback: buildConnector.Callback,
): void {
  let isOver = false
  const resources: Disposable[] = [place]
  const settle = (error: Error | null, socket: Socket | null): void => {
    // A proxy may answer after the end of the attempt.
    if (isOver) return void socket?.destroy()
    isOver = true
    for (const resource of resources) resource[Symbol.dispose]()
    if (error === null) callback(null, socket as Socket)
    else callback(error, null)
  }
  let connecting: unknown
  const end = (error: Error): void => {
    settle(error, null)
    if (isSocket(connecting)) connecting.destroy()
  }
  resources.push(
    callAfter(placeMs, clock, () => place[Symbol.dispose]()),
    callAfter(connectTimeoutMs, clock, () => end(connectTimeout(connectTimeoutMs))),
  )
  resources.push(onAbort(signal, () => end(abortError(signal))))
  // It may have aborted before anything could be connected.
  if (isOver) return
  try {
    connecting = connect(options, (...[error, socket]: buildConnector.CallbackArgs) => settle(error, socket))
  } catch (error) {
    settle(error as Error, null)
  }
}

function isSocket(value: unknown): value is Socket {
  return typeof (value as Partial<Socket> | undefined)?.destroy === 'function'
}

function connectTimeout(ms: number): Error {
  return Object.assign(new Error(`no connection within ${ms} ms`), { code: 'UND_ERR_CONNECT_TIMEOUT' })
}
