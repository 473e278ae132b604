import { type Condition, type ConditionUpdate, removeConditions, setCondition, setReady } from '../../../model/condition.ts'
import type { ModuleStatus } from '../../../model/kinds/module/types.generated.ts'
import type { ModuleRevision } from '../../../model/kinds/module-revision/module-revision.ts'
import type { RolloutPhase } from '../../../rollout/planner/plan.ts'
import type { ModuleProgress } from '../planner/plan.ts'

/** What a phase says of a Module. */
const readiness: Readonly<Record<RolloutPhase, { readonly status: Condition['status']; readonly stalled: boolean }>> = {
  Running: { status: 'Unknown', stalled: false },
  Paused: { status: 'Unknown', stalled: false },
  Reverting: { status: 'Unknown', stalled: false },
  Complete: { status: 'True', stalled: false },
  CompleteWithFailures: { status: 'False', stalled: true },
  Halted: { status: 'False', stalled: true },
  Reverted: { status: 'False', stalled: true },
  Aborted: { status: 'False', stalled: true },
  Stalled: { status: 'False', stalled: true },
  Invalid: { status: 'False', stalled: true },
}

/**
 * The status of a Module by how far its rollout has come. What another writer says in it stays.
 *
 * @param revision - the one that is rolled out
 * @param generation - that of the Module which the rollout is of
 * @param now - milliseconds since the epoch
 */
export function nextModuleStatus(
  previous: Partial<ModuleStatus>,
  progress: ModuleProgress,
  revision: ModuleRevision | undefined,
  generation: number,
  now: number,
): ModuleStatus {
  const { phase, clusters, done, updating, held } = progress
  const { status, stalled } = readiness[phase]
  const ready: ConditionUpdate = {
    type: 'Ready',
    status,
    reason: phase,
    message: messageOf(progress, revision),
    observedGeneration: generation,
  }
  const conditions = setReady(Array.isArray(previous.conditions) ? previous.conditions : [], ready, stalled, now)
  const isReconciling = phase === 'Running' || phase === 'Reverting'
  const completed = phase === 'Complete' && done > 0 && revision !== undefined ? completedOf(revision) : undefined
  return {
    ...previous,
    observedGeneration: generation,
    conditions: isReconciling
      ? setCondition(conditions, { ...ready, type: 'Reconciling', status: 'True' }, now)
      : removeConditions(conditions, 'Reconciling'),
    phase,
    summary: { clusters, done, updating, held },
    ...completed,
  }
}

function completedOf({ metadata, spec, version }: ModuleRevision): Pick<ModuleStatus, 'version' | 'completed'> {
  const { url, commit, tag } = spec.source.git
  return { version, completed: { revision: metadata.name, url, commit, ...(tag !== undefined && { tag }) } }
}

function messageOf(
  { revision: wanted, cause, clusters, done, updating, held }: ModuleProgress,
  revision: ModuleRevision | undefined,
): string {
  const what =
    wanted === null
      ? `${done} of ${clusters} clusters are rid of it`
      : `${done} of ${clusters} clusters have ${revision?.version ?? wanted}`
  const rest = [`${updating} ${updating === 1 ? 'is' : 'are'} updating`, `${held} held`].join(', ')
  return [what, rest, ...(cause === undefined ? [] : [cause.message])].join('; ')
}
