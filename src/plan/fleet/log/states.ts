import { after } from '../history/details.ts'
import type { HistoryEvent, HistoryState } from '../history/event.ts'

/** How everything that one log is about is after its events: each cluster, and what is about none. */
export class States {
  readonly #states = new Map<string | undefined, HistoryState>()

  add(last: HistoryEvent): void {
    this.#states.set(last.cluster, { last, ...after(last.type, last.revision, this.#states.get(last.cluster)) })
  }

  restore(state: HistoryState): void {
    this.#states.set(state.last.cluster, state)
  }

  /** Forgets what was removed: a fleet that clusters come to and leave for years would grow for good. */
  forgetRemoved(): void {
    for (const [cluster, { last }] of this.#states) if (last.type === 'removed') this.#states.delete(cluster)
  }

  /** By the times of the last events. */
  get all(): readonly HistoryState[] {
    return [...this.#states.values()].sort((a, b) => a.last.at - b.last.at)
  }
}
