import { isSecret, storedSecret } from '../../manifest/fields/comparable.ts'
import { checkDuplicates } from '../../manifest/parse.ts'
import { moveReferences } from '../../manifest/references.ts'
import { invalid } from '../../model/errors/invalid.ts'
import { describeValue, type Problem } from '../../model/errors/problem.ts'
import { homeNamespaceOf, type Owner, ownerLabels } from '../../model/kinds/owner.ts'
import { applyPolicyAnnotation } from '../../model/kinds/sync/annotations.ts'
import { applyPolicies, applyPolicyOf } from '../../model/kinds/sync/object-policy.ts'
import type { JsonObject, KubeObject } from '../../model/object.ts'
import { groupKindOf } from '../../model/reference.ts'
import type { RenderedObject } from '../../model/rendered-object.ts'

/**
 * What decides the final form of the objects of a source.
 */
export interface PrepareOptions {
  /** The Sync that they will belong to. */
  readonly sync: Owner
  /** Puts every namespaced object here, and lets references among the objects follow. */
  readonly targetNamespace?: string | undefined
  /** Whether a type is namespaced; `undefined` when the cluster does not know it. */
  readonly namespaced: (object: KubeObject) => boolean | undefined
}

/** Bytes that etcd takes in one request, unless it is set up otherwise. */
const maxObjectBytes = 1_572_864
/** Metadata that an API server writes, and that means something only in the cluster that it is from. */
const serverFields: ReadonlySet<string> = new Set([
  'creationTimestamp',
  'deletionGracePeriodSeconds',
  'deletionTimestamp',
  'generateName',
  'generation',
  'managedFields',
  'resourceVersion',
  'selfLink',
  'uid',
])
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

/**
 * The objects of a source in the form in which they are applied: in their namespace (the target namespace, else their
 * own, else that of the Sync), marked with the labels of the Sync, and without what only a cluster may write (`status`,
 * metadata that the server sets, kubectl's record of what it applied). What of that was in the metadata is named in `leftOut`.
 *
 * @throws FleetkitError `source/duplicate` when two are the same object then. `source/object-invalid` for an object of more bytes
 * than etcd takes, and for `ownerReferences`: they name an object of one cluster by its uid, and where there is none of this uid the
 * object is garbage.
 */
export function prepareObjects(rendered: readonly RenderedObject[], options: PrepareOptions): readonly RenderedObject[] {
  const { targetNamespace } = options
  const given = rendered.map(({ object }) => object)
  const objects = targetNamespace === undefined ? given : moveReferences(given, targetNamespace)
  const prepared = objects.map((object, index) => prepare(object, (rendered[index] as RenderedObject).origin, options))
  const problems = prepared.flatMap(({ object, origin }) => problemsOf(object, origin))
  if (problems.length > 0) throw invalid(undefined, problems, 'source/object-invalid')
  checkDuplicates(prepared)
  return prepared
}

function prepare(object: KubeObject, origin: string, { sync, targetNamespace, namespaced }: PrepareOptions): RenderedObject {
  const { status: _, metadata, ...rest } = withoutAggregated(object)
  const fields = Object.entries(metadata).filter(([, value]) => value !== undefined && value !== null)
  const kept = Object.fromEntries(fields.filter(([field]) => !serverFields.has(field)))
  const { namespace: given, labels, annotations, ...others } = kept as unknown as KubeObject['metadata']
  const { [lastApplied]: record, ...wanted } = annotations ?? {}
  const namespace =
    namespaced(object) === false ? undefined : (targetNamespace ?? given ?? (namespaced(object) ? homeNamespaceOf(sync) : undefined))
  const result = {
    // What is applied as `stringData` would stay in `data` when it leaves the source: the cluster stores it under a name that no manager owns.
    ...(isSecret(object) ? storedSecret(rest as JsonObject) : rest),
    metadata: {
      ...others,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...labels, ...ownerLabels(sync) },
      ...(annotations === undefined || (record !== undefined && Object.keys(wanted).length === 0) ? {} : { annotations: wanted }),
    },
  } as KubeObject
  const leftOut = fields.filter(([field]) => serverFields.has(field)).map(([field]) => `metadata.${field}`)
  if (record !== undefined) leftOut.push(`metadata.annotations[${lastApplied}]`)
  return { object: result, origin, ...(leftOut.length === 0 ? {} : { leftOut }) }
}

/**
 * The rules of an aggregated ClusterRole are its controller's, which overwrites what others write (k8s.io/api/rbac/v1, `AggregationRule`); an empty list, as
 * many sources have it, would be taken for a wish and be a conflict for ever.
 */
function withoutAggregated(object: KubeObject): KubeObject {
  const { rules, ...rest } = object as KubeObject & { readonly rules?: unknown; readonly aggregationRule?: unknown }
  const empty = rules === null || (Array.isArray(rules) && rules.length === 0)
  const aggregated = groupKindOf(object) === 'rbac.authorization.k8s.io/ClusterRole' && rest.aggregationRule !== undefined
  return aggregated && empty ? rest : object
}

function problemsOf(object: KubeObject, origin: string): readonly Problem[] {
  const problems: Problem[] = []
  if ((object.metadata.ownerReferences ?? []).length > 0) {
    const found = 'an owner by its uid, which is in one cluster only'
    problems.push({ path: `${origin} metadata.ownerReferences`, found, accepted: 'no owners: kubectl get writes them, leave them out' })
  }
  const policy = object.metadata.annotations?.[applyPolicyAnnotation]
  if (policy !== undefined && applyPolicyOf(object) === undefined)
    problems.push({
      path: `${origin} metadata.annotations[${applyPolicyAnnotation}]`,
      found: describeValue(policy),
      accepted: applyPolicies.join(', '),
    })
  const text = JSON.stringify(object)
  // No character takes more than three bytes.
  const bytes = text.length * 3 <= maxObjectBytes ? text.length : new TextEncoder().encode(text).byteLength
  if (bytes > maxObjectBytes) problems.push({ path: origin, found: `an object of ${bytes} bytes`, accepted: `at most ${maxObjectBytes}` })
  return problems
}
