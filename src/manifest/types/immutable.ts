import type { Problem } from '../../model/errors/problem.ts'
import { jsonEqual } from '../../model/json/json-equal.ts'
import { fieldOf } from '../../model/json/value.ts'
import type { Json, KubeObject } from '../../model/object.ts'

/** Fields that may be set once: an absent value is one that the server has not yet given. */
const settableOnce: ReadonlySet<string> = new Set(['spec.clusterIP', 'spec.nodeName', 'spec.storageClassName', 'spec.volumeName'])

/** The fields that an update changes and may not. */
export function immutableChanges(before: KubeObject, after: KubeObject, paths: readonly string[]): readonly Problem[] {
  // The server names another field than the one that was changed.
  const address = before.kind === 'Service' ? ['spec.clusterIP'] : []
  const sealed =
    (before.kind === 'ConfigMap' || before.kind === 'Secret') && before.immutable === true ? ['binaryData', 'data', 'immutable'] : []
  // Only a volume that is there can grow (ValidatePersistentVolumeClaimUpdate).
  const unbound = before.kind === 'PersistentVolumeClaim' && fieldOf(before.status as Json | undefined, 'phase') !== 'Bound'
  return [...paths, ...address, ...sealed, ...(unbound ? ['spec.resources'] : [])].flatMap((path) => {
    const [old, next] = [valueAt(before, path), valueAt(after, path)]
    if (jsonEqual(old, next) || (settableOnce.has(path) && (old === undefined || old === ''))) return []
    return [{ path, found: 'another value', accepted: 'the value it has: the field is immutable' }]
  })
}

function valueAt(object: KubeObject, path: string): Json | undefined {
  return path.split('.').reduce<Json | undefined>((value, name) => fieldOf(value, name), object as unknown as Json)
}
