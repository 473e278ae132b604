import { jsonEqual } from '../../../model/json/json-equal.ts'
import type { ObservedVersion } from '../../../rollout/target-view.ts'
import type { AssemblageView, AssembledModule } from '../planner/input.ts'

/** What a cluster is to have, and what was seen of that. */
export interface ObservedInput {
  readonly planned: readonly AssembledModule[]
  /** The RemoteAssemblage, as it was seen; `undefined` when there is none. */
  readonly seen: { readonly view: AssemblageView; readonly isReported: boolean } | undefined
  /** The uid of the Cluster. */
  readonly uid: string | undefined
  readonly now: number
}

/** What differs. */
export interface ObservedChanges {
  /** The outcomes that are news. */
  readonly observed: readonly { readonly module: string; readonly observed: ObservedVersion }[]
  /** Whether the RemoteAssemblage says something else than is planned. */
  readonly isOther: boolean
}

/** What was seen of a cluster, beside what is planned of it. A module that is gone from a RemoteAssemblage is absent once the cluster has reported on that. */
export function observedChanges({ planned, seen, uid, now }: ObservedInput): ObservedChanges {
  const isOwn = seen !== undefined && seen.view.uid === uid
  const found = new Map(isOwn ? seen.view.modules.map((each) => [each.module, each]) : [])
  const observed: { readonly module: string; readonly observed: ObservedVersion }[] = []
  let isOther = seen !== undefined && !isOwn
  for (const { module, assigned, observed: known } of planned) {
    const there = found.get(module)
    found.delete(module)
    if (!isSame(assigned, there?.assigned ?? null)) isOther = true
    if (there !== undefined) {
      if (there.observed !== null && !jsonEqual(there.observed, known)) observed.push({ module, observed: there.observed })
    } else if (assigned?.version === null && known?.phase !== 'absent' && (seen === undefined || seen.isReported))
      observed.push({ module, observed: { version: null, generation: assigned.generation, phase: 'absent', since: now } })
  }
  for (const { assigned } of found.values()) if (assigned?.version != null) isOther = true
  return { observed, isOther }
}

/** What is to be rid of a module has no entry of it. */
function isSame(planned: AssembledModule['assigned'], there: AssembledModule['assigned']): boolean {
  if (planned?.version == null) return there?.version == null
  return planned.version === there?.version && planned.generation === there.generation
}
