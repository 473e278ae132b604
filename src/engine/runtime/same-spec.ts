import { jsonEqual } from '../../model/json/json-equal.ts'
import type { KubeObject } from '../../model/object.ts'

/**
 * Whether two readings are of one object that is to be the same: one specification, and both or neither being deleted. A store that was restored gives a generation again,
 * to another specification.
 */
export function isSameSpec(a: KubeObject | undefined, b: KubeObject | undefined): boolean {
  return jsonEqual(wantedOf(a), wantedOf(b))
}

function wantedOf(object: KubeObject | undefined): unknown {
  const { uid, generation, deletionTimestamp } = object?.metadata ?? {}
  return [uid, generation, deletionTimestamp, object?.spec]
}
