import type { FailingPair } from '../scenario.ts'

/** The clusters of a simulated fleet, whatever they are made of. */
export interface Clusters {
  /** Whether they take no time and never fail: before it begins. */
  isInstant: boolean
  /** A cluster can be reached from now on, or not. */
  reach(name: string, isOk: boolean): Promise<void>
  /** What a cluster is assigned has changed. */
  assigned(name: string): void
  /** A version fails on a cluster from now on, or does no longer. */
  fail(pair: FailingPair, isFailing: boolean): void
  /** What the scenario said would fail does so no longer. */
  heal(): void
  stop(): Promise<void>
}
