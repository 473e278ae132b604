import { invalid } from '../../../model/errors/invalid.ts'
import { describeValue } from '../../../model/errors/problem.ts'
import { type Clock, systemClock } from '../../../ports/clock.ts'
import { type Logger, silentLogger } from '../../../ports/logger.ts'

/** How to reach a cluster, and how hard to try. Everything has a default. */
export interface KubernetesOptions {
  /** Name of the kubeconfig's context; its `current-context` when absent. */
  readonly context?: string | undefined
  /**
   * A kubeconfig as text, e.g. out of a Secret. Entries that run a program or read a file of this machine are refused
   * unless {@link KubernetesOptions.allowExec} is set.
   */
  readonly kubeconfig?: string | undefined
  /** A kubeconfig file. Without it and `kubeconfig`: `KUBECONFIG`, then `~/.kube/config`, then the pod's service account. */
  readonly kubeconfigPath?: string | undefined
  /** Use the service account of the pod that this runs in, whatever kubeconfigs there are. */
  readonly inCluster?: boolean | undefined
  /**
   * Whether entries may run programs (`exec`, `auth-provider`) and read files of this machine (`tokenFile`,
   * `certificate-authority`, …). `true` by default, and `false` for a kubeconfig given as text: its author could
   * otherwise run programs here, or have this machine's tokens sent to another server.
   */
  readonly allowExec?: boolean | undefined
  /** Requests in flight at the same time, watches apart. 64 by default. */
  readonly maxConcurrent?: number | undefined
  /**
   * How many calls may wait for one of these slots; one more is refused at once with `cluster/busy`. Each try of a call is one, and so is
   * each object of an `apply`, of which it has at most `maxConcurrent` waiting. Unlimited by default.
   */
  readonly maxWaiting?: number | undefined
  /**
   * How long it may take to make a connection (name, TCP, proxy, TLS), in milliseconds. 10,000 by default. The request is tried again after
   * that, as it was not sent.
   */
  readonly connectTimeoutMs?: number | undefined
  /** How long one try of a request may take, in milliseconds. 30,000 by default. */
  readonly requestTimeoutMs?: number | undefined
  /**
   * How long one call may take in all, in milliseconds: waiting for a slot, discovery and every try included. After that it is
   * `cluster/unreachable`. Each page of a list is a call, and so is each object of an `apply`; a watch is none. No limit by default.
   */
  readonly deadlineMs?: number | undefined
  /**
   * The largest response that is read, in bytes; 256 MiB by default. All that are being read at a time hold at most twice as much,
   * and what needs more waits. An event of a watch has at most 16 MiB.
   */
  readonly maxResponseBytes?: number | undefined
  readonly userAgent?: string | undefined
  /** Whether to use HTTP/2 where the server offers it. `true` by default. */
  readonly http2?: boolean | undefined
  /** Whether to ask for compressed lists. By default everywhere but on loopback, where it costs more than it saves. */
  readonly compress?: boolean | undefined
  readonly retries?: RetryOptions | undefined
  readonly clock?: Clock | undefined
  /** Jitter of delays, from 0 up to 1. `Math.random` by default. */
  readonly random?: (() => number) | undefined
  readonly logger?: Logger | undefined
}

/** How a request that failed for a passing cause is tried again. */
export interface RetryOptions {
  /** Tries in all. 5 by default; 1 is none again. */
  readonly attempts?: number | undefined
  /** The longest first delay, in milliseconds; doubled at each further one. 100 by default. */
  readonly baseMs?: number | undefined
  /** The longest delay, in milliseconds. 5,000 by default. */
  readonly maxMs?: number | undefined
  /** The longest `Retry-After` that is waited for, in milliseconds. 30,000 by default. */
  readonly maxRetryAfterMs?: number | undefined
}

/** {@link KubernetesOptions} with the defaults filled in. */
export interface ResolvedOptions {
  readonly maxConcurrent: number
  readonly maxWaiting: number
  readonly connectTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly deadlineMs: number | undefined
  readonly maxResponseBytes: number
  readonly userAgent: string
  readonly http2: boolean
  readonly compress: boolean | undefined
  readonly retries: { readonly attempts: number; readonly baseMs: number; readonly maxMs: number; readonly maxRetryAfterMs: number }
  readonly clock: Clock
  readonly random: () => number
  readonly logger: Logger
}

/** @throws FleetkitError `model/invalid` for a limit that is none: with no slot at all, for example, every request would wait for ever */
export function resolveOptions(options: KubernetesOptions): ResolvedOptions {
  const { retries = {} } = options
  const resolved = withDefaults(options, retries)
  const { maxConcurrent, maxResponseBytes, maxWaiting, connectTimeoutMs, requestTimeoutMs, deadlineMs = 0 } = resolved
  const { attempts, ...delays } = resolved.retries
  const problems = [
    ...Object.entries({ maxConcurrent, maxResponseBytes, 'retries.attempts': attempts })
      .filter(([, value]) => !(Number.isInteger(value) && value > 0))
      .map(([path, value]) => ({ path, found: describeValue(value), accepted: 'a whole number from 1' })),
    ...(maxWaiting === Infinity || (Number.isInteger(maxWaiting) && maxWaiting >= 0)
      ? []
      : [{ path: 'maxWaiting', found: describeValue(maxWaiting), accepted: 'a whole number from 0' }]),
    ...Object.entries({ connectTimeoutMs, requestTimeoutMs, deadlineMs, ...delays })
      .filter(([, value]) => !(Number.isFinite(value) && value >= 0))
      .map(([path, value]) => ({ path, found: describeValue(value), accepted: 'a number of milliseconds' })),
  ]
  if (problems.length > 0) throw invalid(undefined, problems)
  return resolved
}

function withDefaults(options: KubernetesOptions, retries: RetryOptions): ResolvedOptions {
  return {
    maxConcurrent: options.maxConcurrent ?? 64,
    maxWaiting: options.maxWaiting ?? Infinity,
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    requestTimeoutMs: options.requestTimeoutMs ?? 30_000,
    deadlineMs: options.deadlineMs,
    maxResponseBytes: options.maxResponseBytes ?? 256 * 2 ** 20,
    userAgent: options.userAgent ?? 'fleetkit',
    http2: options.http2 ?? true,
    compress: options.compress,
    retries: {
      attempts: retries.attempts ?? 5,
      baseMs: retries.baseMs ?? 100,
      maxMs: retries.maxMs ?? 5000,
      maxRetryAfterMs: retries.maxRetryAfterMs ?? 30_000,
    },
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
    logger: options.logger ?? silentLogger,
  }
}
