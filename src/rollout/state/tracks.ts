import { compareText } from '../../model/compare-text.ts'
import type { RolloutState } from './state.ts'

/** What is remembered of each track; the state itself where there are none. */
export function statesOf(state: RolloutState): readonly RolloutState[] {
  return state.tracks === undefined ? [state] : Object.values(state.tracks)
}

/** The state of a rollout in tracks. There is one at least. */
export function joinTracks(tracks: ReadonlyMap<string, RolloutState>): RolloutState {
  const states = [...tracks.values()]
  const latest = states.reduce((last, state) => (state.startedAt > last.startedAt ? state : last))
  const least = (times: readonly number[]): number => times.reduce((first, time) => Math.min(first, time))
  const waiting = states.flatMap(({ waitingSince }) => waitingSince ?? [])
  const ends = states.flatMap(({ completedAt }) => completedAt ?? [])
  return {
    rid: latest.rid,
    startedAt: least(states.map(({ startedAt }) => startedAt)),
    opened: [],
    failed: [],
    retries: [],
    cohorts: [],
    halted: null,
    completedAt: ends.length < states.length ? null : -least(ends.map((end) => -end)),
    baseline: { version: null, others: {} },
    fastRollback: false,
    history: [],
    supersedes: 0,
    queued: null,
    waitingSince: waiting.length === 0 ? null : least(waiting),
    cursor: states.reduce((sum, { cursor }) => sum + cursor, 0),
    tracks: Object.fromEntries([...tracks].sort(([a], [b]) => compareText(a, b))),
  }
}
