import type { Readiness } from '../../model/kinds/readiness.ts'

/**
 * What a manager does: it fills its caches, waits for the lease with warm caches, works, or has ended.
 *
 * @category Manager
 */
export type ManagerPhase = 'starting' | 'standby' | 'running' | 'stopped'

/**
 * Whether a manager can do its work, for a readiness probe: one that stands by is ready too, because it can take over at once.
 *
 * @category Manager
 */
export interface ManagerReadiness extends Readiness {
  readonly phase: ManagerPhase
}

const messages: Readonly<Record<ManagerPhase, string>> = {
  starting: 'it fills its caches',
  standby: 'it stands by: another manager has the lease',
  running: 'its controllers run',
  stopped: 'it does not run',
}

/** The readiness of a manager in a phase. */
export function readinessIn(phase: ManagerPhase): ManagerReadiness {
  return { ready: phase === 'standby' || phase === 'running', phase, message: messages[phase] }
}
