import { withinTime } from '../../../async/time/within-time.ts'
import { untilAborted } from '../../../async/until-aborted.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { Store } from '../../../ports/store.ts'
import { keptId } from './kept-id.ts'
import { requireManagementId } from './pattern.ts'

/** How long the store may take to say it. */
const readAtMostMs = 30_000

/** What says which management objects are of. */
export interface ManagementOptions {
  /** The id, where a program says it. */
  readonly management?: string | undefined
  readonly store: Pick<Store, 'get' | 'create'>
  readonly clock: Clock
  /** Uniform in [0, 1). */
  readonly random: () => number
  /** Ends the reading of the store. */
  readonly signal?: AbortSignal
}

/**
 * The id of the management that a store belongs to, unless a program says it. Made at random when it is asked for first, and kept in the ConfigMap
 * `default/fleetkit-management`: what its objects have applied elsewhere is theirs by it.
 */
export class ManagementId {
  readonly #options: ManagementOptions
  #id: Promise<string> | undefined

  /** @throws FleetkitError `model/invalid` for an id that is none */
  constructor(options: ManagementOptions) {
    requireManagementId(options.management)
    this.#options = options
  }

  /** Read once, for all who ask; again when that failed. `store/corrupt` when something else is kept there. */
  get(signal: AbortSignal): Promise<string> {
    const { management, store, clock, random, signal: ends } = this.#options
    if (management !== undefined) return Promise.resolve(management)
    this.#id ??= withinTime(readAtMostMs, 'the store did not answer in time', { clock, signal: ends }, (limit) =>
      keptId(store, random, { signal: limit }),
    )
    this.#id.catch(() => {
      this.#id = undefined
    })
    return untilAborted(this.#id, signal)
  }
}
