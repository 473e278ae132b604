import { hasCode } from '../../../model/errors/error.ts'
import type { KubeObject } from '../../../model/object.ts'
import { groupKindOf, refKey } from '../../../model/reference.ts'
import type { Action } from '../../../plan/apply/action.ts'
import type { DryRunResult } from '../../../plan/apply/confirm-plan.ts'
import type { ApplyPlan } from '../../../plan/apply/plan.ts'
import type { ClusterApi } from '../../../ports/cluster.ts'

/**
 * What the cluster says to a dry-run of the objects of some actions. Who may not write objects of a kind in a namespace is told so once, not
 * for each of them: a dry-run is authorised as the write is, by kind, namespace, and whether there is something to update.
 */
export async function dryRun(
  actions: readonly Action[],
  { fieldManager }: ApplyPlan,
  { live, cluster, signal }: { readonly live: ReadonlyMap<string, KubeObject>; readonly cluster: ClusterApi; readonly signal: AbortSignal },
): Promise<readonly DryRunResult[]> {
  const rightOf = ({ ref, force }: Action): string => [groupKindOf(ref), ref.namespace, live.has(refKey(ref)), force].join('\n')
  const ask = async (objects: readonly KubeObject[], force: boolean): Promise<readonly DryRunResult[]> =>
    objects.length === 0 ? [] : cluster.apply(objects, { fieldManager, force, dryRun: true, signal })
  const answers = [...Map.groupBy(actions, rightOf).values()].map(async (alike) => {
    const { force } = alike[0] as Action
    const [first, ...others] = alike.map(({ object }) => object as KubeObject)
    const [answer] = (await ask([first as KubeObject], force)) as readonly [DryRunResult]
    const rest = isForbidden(answer) ? alike.slice(1).map(({ ref }) => ({ ...answer, ref })) : await ask(others, force)
    return [answer, ...rest]
  })
  return (await Promise.all(answers)).flat()
}

/** Whether who asked may not write the object. */
export function isForbidden(answer: DryRunResult): boolean {
  return 'error' in answer && hasCode(answer.error, 'cluster/forbidden')
}
