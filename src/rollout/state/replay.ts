import type { RolloutEvent } from './event.ts'
import type { OpenedStage, RolloutState } from './state.ts'
import { joinTracks } from './tracks.ts'

/** How many good versions are remembered. */
const remembered = 10

/**
 * The state after one more event. Total: events that need a state and find none leave none.
 */
export function applyEvent(state: RolloutState | null, event: RolloutEvent): RolloutState | null {
  const { track, ...own } = event
  if (track === undefined) return applyOwn(state?.tracks === undefined ? state : null, event)
  const tracks = new Map(Object.entries(state?.tracks ?? {}))
  const after = applyOwn(tracks.get(track) ?? null, own as RolloutEvent)
  return after === null ? state : joinTracks(tracks.set(track, after))
}

/** Of a rollout, or of one of its tracks. */
function applyOwn(state: RolloutState | null, event: RolloutEvent): RolloutState | null {
  if (event.type === 'started') return begin(state, event)
  if (state === null) return null
  const cursor = state.cursor + 1
  switch (event.type) {
    case 'queued':
      return { ...state, cursor, queued: event.rid }
    case 'unqueued':
      return { ...state, cursor, queued: null }
    case 'opened':
      return { ...state, cursor, opened: [...state.opened, openedBy(event)] }
    case 'failed':
      return { ...state, cursor, failed: [...state.failed, event.failure], retries: retriesWithout(state, event.failure.target) }
    case 'retrying':
      return { ...state, cursor, retries: [...retriesWithout(state, event.retry.target), event.retry] }
    case 'cohort-halted':
      return { ...state, cursor, cohorts: [...state.cohorts, event.cohort] }
    case 'halted':
      return { ...state, cursor, halted: event.halt }
    case 'waiting':
      return { ...state, cursor, waitingSince: event.since }
    case 'completed':
      return { ...state, cursor, completedAt: event.at, supersedes: 0, history: historyAfter(state, event) }
    case 'set':
    case 'removed':
      return { ...state, cursor }
  }
}

function retriesWithout({ retries }: RolloutState, target: string): RolloutState['retries'] {
  return retries.filter((retry) => retry.target !== target)
}

function openedBy({ stage, at, took }: RolloutEvent & { readonly type: 'opened' }): OpenedStage {
  return took === undefined ? { stage, at } : { stage, at, took }
}

/** A version that failed on more than a tenth of the targets is not known to be good, however it came to its end. */
function historyAfter(
  { rid: { version }, history }: RolloutState,
  { failed, finished }: RolloutEvent & { readonly type: 'completed' },
): readonly string[] {
  if (version === null) return history
  const others = history.filter((known) => known !== version)
  return failed * 10 > finished ? others : [version, ...others].slice(0, remembered)
}

function begin(before: RolloutState | null, event: RolloutEvent & { readonly type: 'started' }): RolloutState {
  const cut = before !== null && before.completedAt === null && before.rid.version !== event.rid.version && !event.fastRollback
  return {
    rid: event.rid,
    startedAt: event.startedAt,
    opened: [],
    failed: [],
    retries: [],
    cohorts: [],
    halted: null,
    completedAt: null,
    baseline: event.baseline,
    fastRollback: event.fastRollback,
    history: before?.history ?? [],
    supersedes: (before?.supersedes ?? 0) + (cut ? 1 : 0),
    queued: null,
    waitingSince: null,
    cursor: (before?.cursor ?? 0) + 1,
  }
}

/**
 * The state that a decision log adds up to; `null` for an empty one. The state that the planner returned last is always the replay of
 * all events that it ever returned.
 *
 * @example
 * ```ts
 * import { type RolloutEvent, replay } from 'fleetkit/rollout'
 *
 * declare const log: readonly RolloutEvent[]
 * console.log(replay(log)?.opened)
 * ```
 */
export function replay(log: Iterable<RolloutEvent>): RolloutState | null {
  let state: RolloutState | null = null
  for (const event of log) state = applyEvent(state, event)
  return state
}
