import { mapAtMost } from '../../../async/map-at-most.ts'
import type { HistoryEvent } from '../../../plan/fleet/history/event.ts'
import type { RunContext } from '../../runtime/context.ts'
import { LogWriter } from './log-writer.ts'

const writesAtOnce = 16

/** How one of each is written. */
export interface FleetWriters {
  readonly rollout: (module: string) => Promise<void>
  readonly assemblage: (cluster: string) => Promise<void>
  readonly status: (module: string) => Promise<void>
  /** Something could not be written, and is written again the next time. */
  readonly failed: (message: string, fields: object, error: unknown) => void
}

/** What of a fleet is still to be written. */
export class FleetWrites {
  /** Modules whose rollouts remember something else. */
  readonly rollouts: Set<string> = new Set()
  /** Clusters that are to have something else. */
  readonly clusters: Set<string> = new Set()
  /** Modules of which something else is to be said. */
  readonly statuses: Set<string> = new Set()
  readonly #log: LogWriter
  readonly #writers: FleetWriters

  constructor(namespace: string, writers: FleetWriters, context: RunContext) {
    this.#log = new LogWriter(namespace, context)
    this.#writers = writers
  }

  log(events: readonly HistoryEvent[]): void {
    this.#log.add(events)
  }

  /** The log first: what a rollout remembers is not decided again after a crash. Then that, as it says what clusters had before; then what it assigns. */
  async write(): Promise<void> {
    const { rollout, assemblage, status, failed } = this.#writers
    await this.#log.write().catch((error: unknown) => failed('its log could not be written', {}, error))
    const isSaved = await this.#each(this.rollouts, 'Module', rollout)
    if (isSaved) await this.#each(this.clusters, 'Cluster', assemblage)
    await this.#each(this.statuses, 'Module', status)
  }

  /** Does the same with each of many; what fails is left for the next time. Whether nothing failed. */
  async #each(names: Set<string>, kind: string, write: (name: string) => Promise<void>): Promise<boolean> {
    let isDone = true
    await mapAtMost([...names], writesAtOnce, async (name) => {
      names.delete(name)
      try {
        await write(name)
      } catch (error) {
        names.add(name)
        isDone = false
        this.#writers.failed(`what is planned of a ${kind} could not be written`, { name }, error)
      }
    })
    return isDone
  }
}
