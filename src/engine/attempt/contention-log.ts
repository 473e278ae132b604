import { BoundedCache } from '../../async/bounded-cache.ts'
import type { ApplyPlan } from '../../plan/apply/plan.ts'
import {
  type Contention,
  type Corrections,
  contentionsOf,
  heldFields,
  noCorrections,
  recordCorrections,
} from '../../plan/fields/contention.ts'
import type { HeldField } from '../../plan/fields/keep-fields.ts'

const maxFields = 50_000

/**
 * Which fields were corrected lately, for each Sync by its field manager: for as long as the process lives. What was corrected
 * least lately is forgotten when it becomes too much.
 */
export class ContentionLog {
  readonly #corrections = new BoundedCache<Corrections>(maxFields)

  /** The fields that are not corrected now, by the `refKey` of their object. */
  held(manager: string, now: number): ReadonlyMap<string, readonly HeldField[]> {
    return heldFields(this.#of(manager), now)
  }

  /** What is contended after a plan has been carried out, and what of it has just been seen. */
  record(plan: ApplyPlan, now: number): { readonly begun: readonly Contention[]; readonly all: readonly Contention[] } {
    const { corrections, begun } = recordCorrections(this.#of(plan.fieldManager), plan, now)
    const fields = [...corrections.values()].reduce((sum, object) => sum + object.fields.size, 0)
    if (fields === 0) this.#corrections.delete(plan.fieldManager)
    else this.#corrections.set(plan.fieldManager, corrections, fields)
    return { begun, all: contentionsOf(corrections) }
  }

  #of(manager: string): Corrections {
    return this.#corrections.get(manager) ?? noCorrections
  }
}
