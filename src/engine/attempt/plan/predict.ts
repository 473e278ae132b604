import { loadOnce } from '../../../async/load-once.ts'
import { nextTurn } from '../../../async/turn.ts'
import type { ResourceSchema } from '../../../manifest/types/resource-schema.ts'
import { FleetkitError } from '../../../model/errors/error.ts'
import type { KubeObject } from '../../../model/object.ts'
import { refKey, type TypeRef, typeKey } from '../../../model/reference.ts'
import type { Action } from '../../../plan/apply/action.ts'
import type { DryRunResult } from '../../../plan/apply/confirm-plan.ts'
import type { ApplyPlan } from '../../../plan/apply/plan.ts'
import type { ClusterApi } from '../../../ports/cluster.ts'
import { resultOf } from '../result.ts'
import { lacksNamespace } from './lacks-namespace.ts'

/** The tables of what an API server does are large, and few need them. */
const loadJudge = loadOnce(async () => {
  const [{ loadCel }, { typeOfDocument }, { predictDryRun }] = await Promise.all([
    import('../../../manifest/health/expressions/compile.ts'),
    import('../../../manifest/types/open-api.ts'),
    import('../../../plan/apply/predict-dry-run.ts'),
  ])
  // Without the package that evaluates them, rules of definitions are not known.
  const language = await loadCel().catch(() => undefined)
  return { typeOfDocument, predictDryRun, language }
})

interface PredictContext {
  readonly live: ReadonlyMap<string, KubeObject>
  readonly cluster: ClusterApi
  readonly signal: AbortSignal
}

/**
 * What the cluster would say to a dry-run that it forbids, by its own schemas of the types, each read once. Where a schema cannot be read, the
 * refusal stays, with the reason.
 */
export async function predict(
  forbidden: readonly (readonly [Action, DryRunResult])[],
  plan: ApplyPlan,
  context: PredictContext,
): Promise<readonly DryRunResult[]> {
  if (forbidden.length === 0) return []
  const { predictDryRun, language } = await loadJudge()
  const types = new Map(forbidden.map(([{ ref }]) => [typeKey(ref), readType(ref, context)]))
  const missing = await missingNamespaces(
    forbidden.map(([action]) => action),
    plan,
    context,
  )
  const results: DryRunResult[] = []
  for (const [{ ref, object, force }, answer] of forbidden) {
    // Each takes up to some milliseconds.
    await nextTurn()
    const type = (await types.get(typeKey(ref))) as ResourceSchema | string
    const namespace = ref.namespace ?? ''
    const found = context.live.get(refKey(ref))
    if (found === undefined && missing.has(namespace)) {
      const error = new FleetkitError('cluster/namespace-missing', `there is no namespace ${namespace}`, { ref })
      results.push({ ref, error, certainty: 'predicted' })
    } else if (typeof type === 'string') results.push({ ...answer, unpredicted: type } as DryRunResult)
    else results.push(predictDryRun(object as KubeObject, found, { type, manager: plan.fieldManager, force, language }))
  }
  return results
}

/** The type as the cluster's own document has it, or why it is not known. */
async function readType(ref: TypeRef, { cluster, signal }: PredictContext): Promise<ResourceSchema | string> {
  const read = await resultOf(() =>
    Promise.all([cluster.openApi?.(ref.apiVersion, { signal }), cluster.discover(ref, { signal }), loadJudge()]),
  )
  if (read instanceof FleetkitError) return read.message
  const [document, served, { typeOfDocument }] = read
  const { apiVersion, kind } = ref
  const type = document && served && typeOfDocument(document, { apiVersion, kind, plural: served.plural, namespaced: served.namespaced })
  return type ?? `the cluster has none of ${kind} of ${apiVersion}`
}

/** The namespaces that objects are to be created in, and that neither exist nor are created by the plan. */
async function missingNamespaces(actions: readonly Action[], plan: ApplyPlan, context: PredictContext): Promise<ReadonlySet<string>> {
  const created = actions.filter(({ ref }) => !context.live.has(refKey(ref)))
  const names = new Set(created.flatMap(({ ref }) => (ref.namespace === undefined ? [] : [ref.namespace])))
  const missing = [...names].map(async (name) => ((await lacksNamespace(plan, name, context)) ? [name] : []))
  return new Set((await Promise.all(missing)).flat())
}
