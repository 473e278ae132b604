import { creationOfNamespace } from '../../../plan/apply/home-namespace.ts'
import type { ApplyPlan } from '../../../plan/apply/plan.ts'
import type { ClusterApi } from '../../../ports/cluster.ts'
import { resultOf } from '../result.ts'

/** Whether a namespace neither exists nor is created by the plan. Who may not read it may still write in it: then it is taken to exist. */
export async function lacksNamespace(
  plan: ApplyPlan,
  name: string,
  { cluster, signal }: { readonly cluster: ClusterApi; readonly signal: AbortSignal },
): Promise<boolean> {
  if (creationOfNamespace(plan, name) !== undefined) return false
  const found = await resultOf(() => cluster.get({ apiVersion: 'v1', kind: 'Namespace', name }, { signal }))
  return found === undefined
}
