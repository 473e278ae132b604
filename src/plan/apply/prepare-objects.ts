import { isSecret, storedSecret } from '../../manifest/fields/comparable.ts'
import { checkDuplicates } from '../../manifest/parse.ts'
import { ownerLabels } from '../../model/kinds/sync/ownership.ts'
import type { JsonObject, KubeObject } from '../../model/object.ts'
import type { ObjectRef } from '../../model/reference.ts'
import type { RenderedObject } from '../../model/rendered-object.ts'

/**
 * What decides the final form of the objects of a source.
 */
export interface PrepareOptions {
  /** The Sync that they will belong to. */
  readonly sync: ObjectRef
  /** Puts every namespaced object here. */
  readonly targetNamespace?: string | undefined
  /** Whether a type is namespaced; `undefined` when the cluster does not know it. */
  readonly namespaced: (object: KubeObject) => boolean | undefined
}

/**
 * The objects of a source in the form in which they are applied: in their namespace (the target namespace, else their
 * own, else that of the Sync), marked with the labels of the Sync, and without what only a cluster may write (`status`
 * and server-set metadata).
 *
 * @throws FleetkitError `source/duplicate` when two are the same object then.
 */
export function prepareObjects(rendered: readonly RenderedObject[], options: PrepareOptions): readonly RenderedObject[] {
  const prepared = rendered.map(({ object, origin }) => ({ object: prepare(object, options), origin }))
  checkDuplicates(prepared)
  return prepared
}

function prepare(object: KubeObject, { sync, targetNamespace, namespaced }: PrepareOptions): KubeObject {
  const { status: _, metadata, ...rest } = object
  const { namespace: given, name, labels, annotations, finalizers, ownerReferences } = metadata
  const namespace =
    namespaced(object) === false ? undefined : (targetNamespace ?? given ?? (namespaced(object) ? sync.namespace : undefined))
  return {
    // What is applied as `stringData` would stay in `data` when it leaves the source: the cluster stores it under a name that no manager owns.
    ...(isSecret(object) ? storedSecret(rest as JsonObject) : rest),
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...labels, ...ownerLabels(sync) },
      ...(annotations === undefined ? {} : { annotations }),
      ...(finalizers === undefined ? {} : { finalizers }),
      ...(ownerReferences === undefined ? {} : { ownerReferences }),
    },
  } as KubeObject
}
