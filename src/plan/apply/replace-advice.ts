import { forceAnnotation } from '../../model/kinds/sync/annotations.ts'
import { saidBy } from '../../model/kinds/sync/object-policy.ts'
import type { KubeObject } from '../../model/object.ts'
import { groupKindOf, isDefinition } from '../../model/reference.ts'

/** Kinds whose objects take data, or other objects, along when they are deleted. */
const precious: ReadonlySet<string> = new Set([
  '/Namespace',
  '/PersistentVolume',
  '/PersistentVolumeClaim',
  'snapshot.storage.k8s.io/VolumeSnapshot',
  'snapshot.storage.k8s.io/VolumeSnapshotContent',
])

/**
 * What to do about an object that would have to be deleted and recreated, because an immutable field has to change;
 * `undefined` when it may be. A definition never: all objects of its type would go with it, those of others too.
 */
export function replaceAdvice(object: KubeObject, force: boolean): string | undefined {
  if (isDefinition(object)) return 'delete it yourself, and all its objects with it'
  if (saidBy(object, forceAnnotation)?.value === 'enabled') return undefined
  if (precious.has(groupKindOf(object)))
    return `annotate it with ${forceAnnotation}: enabled to delete and recreate it, and lose what it holds`
  return force ? undefined : 'set spec.force to delete and recreate it'
}
