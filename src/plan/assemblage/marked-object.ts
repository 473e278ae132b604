import { canonicalJson } from '../../model/json/canonical-json.ts'
import { assemblageLabel, assembledDigestAnnotation, assembledSyncAnnotation } from '../../model/kinds/assemblage/marks.ts'
import type { KubeObject } from '../../model/object.ts'
import type { ObjectRef } from '../../model/reference.ts'
import { sha256 } from '../../model/sha256.ts'

/**
 * An object as it is written for an Assemblage: in its namespace, with the marks by which it is found, and by which another version is distinguished from an edit.
 *
 * @param sync - the name of the sync that is made of it; absent for what several share
 */
export function markedObject(object: KubeObject, assemblage: ObjectRef, sync?: string): KubeObject {
  const { name, labels, annotations } = object.metadata
  const metadata = {
    name,
    namespace: assemblage.namespace,
    labels: { ...labels, [assemblageLabel]: assemblage.name },
    annotations: { ...annotations, ...(sync === undefined ? {} : { [assembledSyncAnnotation]: sync }) },
  }
  const digest = sha256(canonicalJson([metadata.annotations, object.spec])).slice(0, 16)
  return { ...object, metadata: { ...metadata, annotations: { ...metadata.annotations, [assembledDigestAnnotation]: digest } } }
}

/** Whether an object was written for an Assemblage, in the namespace of both. */
export function isMarked({ metadata: { labels = {}, annotations = {} } }: KubeObject, assemblage: ObjectRef): boolean {
  return labels[assemblageLabel] === assemblage.name && annotations[assembledDigestAnnotation] !== undefined
}

/** The sync that is made of an object. */
export function syncOf({ metadata: { annotations = {} } }: KubeObject): string | undefined {
  return annotations[assembledSyncAnnotation]
}

/** An object that no Assemblage keeps any more. */
export function unmarked(object: KubeObject): KubeObject {
  const { [assemblageLabel]: _name, ...labels } = object.metadata.labels ?? {}
  const { [assembledSyncAnnotation]: _sync, [assembledDigestAnnotation]: _digest, ...annotations } = object.metadata.annotations ?? {}
  return { ...object, metadata: { ...object.metadata, labels, annotations } }
}
