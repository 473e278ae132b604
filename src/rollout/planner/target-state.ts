import type { TargetView } from '../target-view.ts'

/** A hold keeps it from being started. */
export const HELD = 1
/** It failed in this attempt. */
export const FAILED = 2
/** It has the wanted version, and has been ready for long enough. */
export const DONE = 3
/** It has the wanted version and is ready, not yet for long enough. */
export const SOAKING = 4
/** It was told the wanted version and is not there. */
export const MOVING = 5
/** Not told the wanted version, and out of reach. */
export const UNREACHABLE = 6
/** Not told the wanted version, and not ready with what it has. */
export const DOWN = 7
/** Not told the wanted version, and ready with what it has. */
export const READY = 8
/** It has nothing. */
export const ABSENT = 9
/** It left, and still has the module. */
export const LEAVING = 10
/** It left, and was told to remove the module. */
export const REMOVING = 11
/** Its data make no sense. */
export const INVALID = 12

/** Whether a standing is that of a target that could be started. */
export function isStartable(standing: number): boolean {
  return standing >= DOWN && standing <= ABSENT
}

/** Whether what was observed is the outcome of what was assigned: of its version *and* its generation. */
export function isOutcome({ assigned, observed }: TargetView): boolean {
  return assigned !== null && observed !== null && observed.version === assigned.version && observed.generation >= assigned.generation
}

/** Whether what it has is ready: as the outcome of what was assigned or, where nothing was, as it was found. */
export function isReady(view: TargetView): boolean {
  return view.observed?.phase === 'ready' && (view.assigned === null || isOutcome(view))
}

/** Whether nothing of the module is there any more. */
export function isGone({ assigned, observed }: TargetView): boolean {
  if (assigned === null) return observed === null || observed.phase === 'absent' || observed.version === null
  return assigned.version === null && observed !== null && observed.phase === 'absent' && observed.generation >= assigned.generation
}

/** Whether the times of a view are times, so that comparing them means something. */
export function isSound({ reach, assigned, observed }: TargetView): boolean {
  return (
    typeof reach === 'object' &&
    reach !== null &&
    Number.isFinite(reach.since) &&
    (assigned === null || (Number.isFinite(assigned.at) && Number.isFinite(assigned.generation))) &&
    (observed === null || (Number.isFinite(observed.since) && Number.isFinite(observed.generation)))
  )
}
