import type { Clock } from '../../../ports/clock.ts'
import type { ClusterApi } from '../../../ports/cluster.ts'
import type { Store } from '../../../ports/store.ts'

/**
 * What a gate is asked.
 *
 * @category Module
 */
export interface GateQuestion {
  readonly namespace: string
  /** The Module. */
  readonly module: string
  /** Name of the ModuleRevision that is rolled out. */
  readonly revision: string
  readonly stage: string
  /** Of a strategy with tracks: the track, as `tenant=a`. */
  readonly track?: string | undefined
  /** The Clusters of the stage that have the revision and are ready, in the order of their names. */
  readonly clusters: readonly string[]
}

/**
 * What a gate can look at.
 *
 * @category Module
 */
export interface GateContext {
  /** Aborts when the answer takes too long, or is no longer wanted. */
  readonly signal: AbortSignal
  readonly clock: Clock
  /** The objects of the management. */
  readonly store: Store
  /** The line to a Cluster of the namespace, by its name. */
  readonly clusterOf: (name: string) => ClusterApi
}

/**
 * What came of it. `pending` is asked again.
 *
 * @category Module
 */
export interface GateAnswer {
  readonly verdict: 'pass' | 'fail' | 'pending'
  /** What it goes by, for people: a sentence, or where to read it. No secret: it is stored and shown. At most 1,000 characters are kept. */
  readonly evidence?: string | undefined
}

/**
 * Answers a check of the stages of rollouts: a smoke test, an analysis of metrics, a commit status.
 *
 * @category Module
 */
export interface RolloutGate {
  /** The name of the check in the strategies of Modules: `checks: [{ name }]` of a stage. */
  readonly name: string
  /**
   * It is called when the members of a stage have finished, and again while it is `pending`. One that throws, takes too long or answers something else is
   * `pending`, with that as its evidence.
   */
  readonly check: (question: GateQuestion, context: GateContext) => GateAnswer | Promise<GateAnswer>
  /** How long after an answer it is asked again, in milliseconds. Default 10 seconds. */
  readonly intervalMs?: number | undefined
  /** How long an answer may take, in milliseconds. Default 30 seconds. */
  readonly timeoutMs?: number | undefined
}
