import { moduleRevisionType } from '../../model/kinds/module-revision/type.ts'
import { type ObjectRef, refKey, refOf } from '../../model/reference.ts'
import type { WatchSource } from '../runtime/controller.ts'

/**
 * Which objects wait for ModuleRevisions that are not there. No index, which would have each revision of each object: two million of ten thousand objects with two hundred modules,
 * of which hardly one waits.
 */
export class RevisionWaits {
  readonly #waiting = new Map<string, { readonly ref: ObjectRef; readonly revisions: ReadonlySet<string> }>()
  /** Has those reconciled that wait for a revision, when that appears. */
  readonly source: WatchSource = {
    type: moduleRevisionType,
    map: (revision) => {
      const key = refKey(refOf(revision))
      return [...this.#waiting.values()].filter(({ revisions }) => revisions.has(key)).map(({ ref }) => ref)
    },
  }

  /** What an object waits for from now on. */
  set(ref: ObjectRef, revisions: readonly ObjectRef[]): void {
    if (revisions.length === 0) this.#waiting.delete(refKey(ref))
    else this.#waiting.set(refKey(ref), { ref, revisions: new Set(revisions.map(refKey)) })
  }
}
