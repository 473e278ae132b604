import { canonicalJson } from '../../model/json/canonical-json.ts'
import { assemblageLabel, assembledDigestAnnotation, assembledSyncLabel } from '../../model/kinds/assemblage/marks.ts'
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
    labels: { ...labels, [assemblageLabel]: assemblage.name, ...(sync === undefined ? {} : { [assembledSyncLabel]: sync }) },
    annotations,
  }
  const digest = sha256(canonicalJson([annotations, object.spec])).slice(0, 16)
  return { ...object, metadata: { ...metadata, annotations: { ...annotations, [assembledDigestAnnotation]: digest } } }
}

/** Whether an object was written for an Assemblage, in the namespace of both. */
export function isMarked({ metadata: { labels } }: KubeObject, assemblage: ObjectRef): boolean {
  return labels?.[assemblageLabel] === assemblage.name
}

/** The sync that is made of an object. */
export function syncOf({ metadata: { labels } }: KubeObject): string | undefined {
  return labels?.[assembledSyncLabel]
}

/** An object that no Assemblage keeps any more. */
export function unmarked(object: KubeObject): KubeObject {
  const { [assemblageLabel]: _name, [assembledSyncLabel]: _sync, ...labels } = object.metadata.labels ?? {}
  const { [assembledDigestAnnotation]: _digest, ...annotations } = object.metadata.annotations ?? {}
  return { ...object, metadata: { ...object.metadata, labels, annotations } }
}
