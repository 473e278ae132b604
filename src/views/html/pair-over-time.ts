import type { HistoryEvent, PairState } from '../../plan/fleet/history/event.ts'
import type { ClusterState, TimelineChange } from './timeline.ts'

/** How a module is on a cluster, event after event. */
export class PairOverTime {
  readonly #cluster: string
  /** What the module is to have, where that is known. */
  #wanted: string | undefined
  #assigned: string | undefined
  #running: string | undefined
  #reachable: boolean
  #outcome: 'failed' | 'removed' | undefined

  constructor(cluster: string, wanted: string | undefined, before: PairState | undefined, reachable: boolean) {
    this.#cluster = cluster
    this.#wanted = wanted
    this.#assigned = before?.assigned
    this.#running = before?.running
    this.#reachable = reachable
    const type = before?.last.type
    this.#outcome = type === 'failed' || type === 'removed' ? type : undefined
  }

  /** As a change to what it is now. */
  at(at: number, why: string | undefined): TimelineChange {
    return { at, cluster: this.#cluster, state: this.#state, revision: this.#assigned ?? this.#running, why }
  }

  /** What an event changes; nothing when it is about something else. */
  note({ at, type, cluster, revision, why }: HistoryEvent): readonly TimelineChange[] {
    const before = this.#state
    switch (type) {
      case 'revised':
        this.#wanted = revision
        break
      case 'lost':
      case 'found':
        this.#reachable = type === 'found'
        break
      case 'assigned':
        this.#assigned = revision
        this.#outcome = undefined
        break
      case 'ready':
        this.#running = revision
        this.#outcome = undefined
        break
      case 'failed':
        this.#outcome = type
        break
      case 'removed':
        this.#assigned = undefined
        this.#running = undefined
        this.#outcome = type
        break
      default:
        return []
    }
    return cluster === undefined && this.#state === before ? [] : [this.at(at, why)]
  }

  get #state(): ClusterState {
    if (!this.#reachable) return 'unreachable'
    if (this.#outcome === 'removed') return 'absent'
    if (this.#outcome === 'failed') return 'failed'
    if (this.#assigned !== this.#running) return 'updating'
    if (this.#wanted !== undefined && this.#wanted !== this.#assigned) return 'pending'
    return this.#assigned === undefined ? 'absent' : 'ready'
  }
}
