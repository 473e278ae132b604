import { BoundedCache } from '../../async/bounded-cache.ts'
import type { Corrections } from '../../plan/fields/contention.ts'

const maxFields = 50_000

/**
 * Which fields were corrected lately, for each Sync by its field manager: for as long as the process lives. What was corrected
 * least lately is forgotten when it becomes too much.
 */
export class ContentionLog {
  readonly #corrections = new BoundedCache<Corrections>(maxFields)

  of(manager: string): Corrections {
    return this.#corrections.get(manager) ?? new Map()
  }

  set(manager: string, corrections: Corrections): void {
    const fields = [...corrections.values()].reduce((sum, object) => sum + object.fields.size, 0)
    if (fields === 0) this.#corrections.delete(manager)
    else this.#corrections.set(manager, corrections, fields)
  }
}
