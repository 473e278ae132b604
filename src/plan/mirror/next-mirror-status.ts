import { type Condition, type ConditionUpdate, getCondition, removeConditions, setCondition, setReady } from '../../model/condition.ts'
import type { MirroredCopy } from '../../model/kinds/proxy-sync/types.generated.ts'
import type { AppliedDependency } from '../../model/kinds/sync/types.generated.ts'
import type { MirrorStatus } from '../../model/mirror/status.ts'
import type { KubeObject } from '../../model/object.ts'

/** What came of looking after a copy. */
export type MirrorOutcome =
  /** It is as it is to be; `write` names the write that it is of. */
  | { readonly copy: KubeObject; readonly write: string }
  /** It is not, or that is not known. */
  | MirrorHold

/** Why nothing that a copy reports is shown as the present. */
export interface MirrorHold {
  readonly status: 'Unknown' | 'False'
  readonly reason: string
  readonly message: string
  /** Whether only a change of the object that keeps the copy, or of the copy, can repair it. */
  readonly stalled?: boolean | undefined
}

/** What is known beside the outcome. */
export interface MirrorFacts {
  readonly generation: number
  /** `null` when there is none any more. */
  readonly copy?: MirroredCopy | null | undefined
  readonly dependencies?: readonly AppliedDependency[] | undefined
}

/** What a copy reports of itself, as far as that is the same for all kinds. */
export interface CopyReport {
  readonly observed?: string | undefined
  readonly observedGeneration?: number | undefined
  readonly conditions?: readonly Condition[] | undefined
}

/** What a kind shows of the reports of its copies. */
export interface Reporting<Status extends MirrorStatus> {
  /** The report of a copy. */
  readonly reportOf: (copy: KubeObject) => CopyReport
  /** What is shown of it beside its conditions. */
  readonly shown: (copy: KubeObject, previous: Status) => Partial<Status>
  /** Why a copy may never report on what was written. */
  readonly heldBy: (copy: KubeObject) => Pick<MirrorHold, 'reason' | 'message'> | undefined
  /** Whether a copy that says nothing yet only looks again at what was ready. */
  readonly looksAgain: (copy: KubeObject, previous: Status) => boolean
}

/** What of a copy's conditions is shown. */
const shownTypes: readonly string[] = ['Ready', 'Reconciling', 'Stalled']

/**
 * The status of an object that keeps a copy elsewhere. What the copy has reported is shown as the present only if the report is the echo of the last write, and of the copy as it
 * is; otherwise whether it is ready is unknown, and what was known before stays.
 *
 * @param now - milliseconds since the epoch
 */
export function nextMirrorStatus<Status extends MirrorStatus>(
  reporting: Reporting<Status>,
  previous: Status,
  facts: MirrorFacts,
  outcome: MirrorOutcome,
  now: number,
): Status {
  const { copy = previous.copy, dependencies = previous.dependencies } = facts
  const known = { ...previous, copy: copy ?? undefined, dependencies: dependencies?.length === 0 ? undefined : dependencies }
  const hold = 'copy' in outcome ? notReported(reporting, outcome) : outcome
  if (hold !== undefined || !('copy' in outcome))
    return { ...known, conditions: ownConditions(previous, facts.generation, hold as MirrorHold, now) }
  const report = reporting.reportOf(outcome.copy)
  const isFinal = report.observedGeneration === outcome.copy.metadata.generation
  const looksAgain = reporting.looksAgain(outcome.copy, previous)
  return {
    ...known,
    ...reporting.shown(outcome.copy, previous),
    ...(isFinal ? { observedGeneration: facts.generation } : {}),
    conditions: mirroredConditions(previous, facts.generation, report, looksAgain, now),
  }
}

/** Why what a copy says is not taken for an outcome of the last write. */
function notReported<Status extends MirrorStatus>(
  { reportOf, heldBy }: Reporting<Status>,
  { copy, write }: Extract<MirrorOutcome, { copy: KubeObject }>,
): MirrorHold | undefined {
  const { observed, conditions } = reportOf(copy)
  const ready = getCondition(conditions, 'Ready')
  // Another manager may have edited it, and taken that back before it was seen.
  if (observed === write && ready?.observedGeneration === copy.metadata.generation) return undefined
  const held = heldBy(copy)
  if (held !== undefined) return { status: 'Unknown', ...held }
  const isAttempted = ready !== undefined && ready.observedGeneration === copy.metadata.generation && ready.status === 'Unknown'
  const message = isAttempted ? ready.message : `the ${copy.kind} has not reported on this version yet`
  return { status: 'Unknown', reason: 'Progressing', message }
}

function mirroredConditions(
  { conditions = [] }: MirrorStatus,
  generation: number,
  report: CopyReport,
  looksAgain: boolean,
  now: number,
): readonly Condition[] {
  const found = (report.conditions ?? []).filter(({ type }) => shownTypes.includes(type))
  const before = getCondition(conditions, 'Ready')
  // What is being looked at again is still ready.
  const isStillReady =
    looksAgain &&
    before?.status === 'True' &&
    before.observedGeneration === generation &&
    getCondition(found, 'Ready')?.status === 'Unknown'
  const updates = found
    .filter(({ type }) => !(isStillReady && type === 'Ready'))
    .map(({ type, status, reason, message }) => ({ type, status, reason, message, observedGeneration: generation }))
  const set = updates.reduce((all, update) => setCondition(all, update, now), conditions)
  return removeConditions(set, ...shownTypes.filter((type) => !found.some((condition) => condition.type === type)))
}

function ownConditions(
  { conditions = [] }: MirrorStatus,
  generation: number,
  { status, reason, message, stalled = false }: MirrorHold,
  now: number,
): readonly Condition[] {
  const ready: ConditionUpdate = { type: 'Ready', status, reason, message, observedGeneration: generation }
  return removeConditions(setReady(conditions, ready, stalled, now), 'Reconciling')
}
