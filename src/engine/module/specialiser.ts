import { mapAtMost } from '../../async/map-at-most.ts'
import type { ModuleRevision } from '../../model/kinds/module-revision/module-revision.ts'
import type { KubeObject } from '../../model/object.ts'
import { isDownstream } from '../../model/parameters/parameter.ts'
import { refKey } from '../../model/reference.ts'
import { type Specialised, specialise, type Unresolved } from '../../plan/fleet/specialise/specialise.ts'
import type { RunContext } from '../runtime/context.ts'

const readsAtOnce = 16

/** What clusters make of revisions, with the objects of the management that parameters name. */
export class Specialiser {
  readonly #context: Pick<RunContext, 'store' | 'signal'>

  constructor(context: Pick<RunContext, 'store' | 'signal'>) {
    this.#context = context
  }

  /** Reads what the parameters name until nothing more is asked for: what one names may depend on the value of another. */
  async of(revision: ModuleRevision, cluster: KubeObject): Promise<Specialised | Unresolved> {
    const { store, signal } = this.#context
    const known = new Map<string, KubeObject | undefined>()
    for (;;) {
      const result = specialise({ revision, cluster, find: (ref) => known.get(refKey(ref)) })
      const missing = result.refs.filter((ref) => !known.has(refKey(ref)))
      if (missing.length === 0) return result
      await mapAtMost(missing, readsAtOnce, async (ref) => {
        // The author of a Module may be one who may not read another namespace.
        const isOwn = ref.namespace === revision.metadata.namespace
        known.set(refKey(ref), isOwn ? await store.get(ref, { signal }) : undefined)
      })
    }
  }
}

/** Whether what clusters make of a revision can fail for some of them: where a value comes from an object. */
export function canBeUnresolved({ spec }: ModuleRevision): boolean {
  return (spec.parameters ?? []).some((parameter) => parameter.valueFrom !== undefined && !isDownstream(parameter))
}

/** Why a cluster cannot have a revision, or that there is no such revision. */
export function whyUnresolved(revision: string, result: Unresolved | undefined): string {
  return result === undefined
    ? `there is no ModuleRevision ${revision}`
    : result.problems.map(({ path, found }) => `${path}: found ${found}`).join('; ')
}
