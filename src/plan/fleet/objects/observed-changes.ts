import type { ObservedVersion } from '../../../rollout/target-view.ts'
import type { AssemblageView, AssembledModule } from '../planner/input.ts'
import { notAfter } from './not-after.ts'

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
    const next = there === undefined ? absence(assigned, seen, now) : (there.observed ?? loss(assigned, known, now))
    // What a cluster is not to have says nothing: it may be left of another cluster of the name.
    if (assigned !== null && next !== undefined && !isSameOutcome(next, known)) observed.push({ module, observed: notAfter(next, now) })
  }
  for (const { assigned } of found.values()) if (assigned?.version != null) isOther = true
  return { observed, isOther }
}

/** What is to be gone, and was reported to be. */
function absence(assigned: AssembledModule['assigned'], seen: ObservedInput['seen'], now: number): ObservedVersion | undefined {
  if (assigned === null || assigned.version !== null || seen?.isReported === false) return undefined
  return { version: null, generation: assigned.generation, phase: 'absent', since: now }
}

/** What had an outcome and has none any more: it was taken out meanwhile, and is made again. */
function loss(assigned: AssembledModule['assigned'], known: ObservedVersion | null, now: number): ObservedVersion | undefined {
  if (assigned?.version == null || known === null || known.generation < assigned.generation) return undefined
  return { version: assigned.version, generation: assigned.generation, phase: 'applying', since: now }
}

/** Since when is not compared: that was said by another clock. */
function isSameOutcome(a: ObservedVersion, b: ObservedVersion | null): boolean {
  return a.version === b?.version && a.generation === b.generation && a.phase === b.phase
}

/** What is to be rid of a module has no entry of it. */
function isSame(planned: AssembledModule['assigned'], there: AssembledModule['assigned']): boolean {
  if (planned?.version == null) return there?.version == null
  return planned.version === there?.version && planned.generation === there.generation
}
