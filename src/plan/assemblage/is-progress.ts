import { jsonEqual } from '../../model/json/json-equal.ts'
import type { AssemblageStatus, AssembledSyncStatus } from '../../model/kinds/assemblage/types.generated.ts'

/** The states of a sync that is in progress. */
const inProgress: ReadonlySet<string> = new Set(['Progressing', 'Waiting'])

/**
 * Whether a status tells from the one before only how far the syncs in progress have come: none has failed or has to be repaired, not all are ready yet, and nothing else
 * is remembered.
 */
export function isProgress(previous: AssemblageStatus, next: AssemblageStatus): boolean {
  const [before, after] = [previous.syncs ?? [], next.syncs ?? []]
  const [first] = next.conditions ?? []
  return (
    first?.status === 'Unknown' &&
    first.reason === 'Progressing' &&
    jsonEqual(withoutProgress(previous), withoutProgress(next)) &&
    before.length === after.length &&
    after.every((sync, index) => isStep(before[index] as AssembledSyncStatus, sync))
  )
}

function withoutProgress({ syncs: _, conditions = [], ...rest }: AssemblageStatus): object {
  return { ...rest, conditions: conditions.map(({ message: _, ...condition }) => condition) }
}

function isStep(before: AssembledSyncStatus, after: AssembledSyncStatus): boolean {
  const goesOn = before.state === after.state || (inProgress.has(before.state) && (inProgress.has(after.state) || after.state === 'Ready'))
  return goesOn && jsonEqual(facts(before), facts(after))
}

/** What is remembered of a sync beside what it says. */
function facts({
  state: _state,
  reason: _reason,
  message: _message,
  since: _since,
  lastAppliedRevision: _applied,
  ...rest
}: AssembledSyncStatus): object {
  return rest
}
