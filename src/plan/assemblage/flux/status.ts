import { type Condition, getCondition } from '../../../model/condition.ts'
import type { KubeObject } from '../../../model/object.ts'
import { parseRevision } from '../../../model/revision.ts'

/** What a GitRepository or a Kustomization says of itself, whatever was edited into it. */
export interface FluxStatus {
  readonly observedGeneration?: number
  readonly conditions?: readonly Condition[]
  readonly lastAppliedRevision?: string
  readonly lastAttemptedRevision?: string
  readonly artifact?: { readonly revision?: string; readonly lastUpdateTime?: string }
  readonly inventory?: { readonly entries?: readonly { readonly id: string; readonly v: string }[] }
}

/** The status of an object of Flux. */
export function fluxStatus({ status }: KubeObject): FluxStatus {
  return (status ?? {}) as FluxStatus
}

/** A condition of an object of Flux, if it is of the generation that there is. */
export function currentCondition(object: KubeObject, type: string): Condition | undefined {
  const condition = getCondition(fluxStatus(object).conditions, type)
  return condition?.observedGeneration === object.metadata.generation ? condition : undefined
}

/** Whether a revision is of a commit. Flux puts before it what the source was found by. */
export function isRevisionOf(commit: string, revision: string | undefined): boolean {
  return revision !== undefined && parseRevision(revision)?.commit === commit
}

/** Whether a Kustomization has applied a commit, and nothing else since, as it is now. */
export function hasApplied(object: KubeObject, commit: string): boolean {
  const { observedGeneration, lastAppliedRevision, lastAttemptedRevision } = fluxStatus(object)
  return (
    observedGeneration === object.metadata.generation &&
    lastAppliedRevision === lastAttemptedRevision &&
    isRevisionOf(commit, lastAppliedRevision)
  )
}
