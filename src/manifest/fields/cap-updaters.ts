import { compareText } from '../../model/compare-text.ts'
import { unionFieldSets } from './field-set.ts'
import type { FieldOwner } from './managers.ts'

const maxUpdaters = 10
const bucket = 'ancient-changes'

/**
 * The owners with at most ten of them by updates: the oldest of one API version are joined under one name, as the API server does
 * it (k8s.io/apimachinery, `capManagersManager`).
 */
export function capUpdaters(owners: readonly FieldOwner[]): readonly FieldOwner[] {
  const updaters = owners.filter(({ operation }) => operation === 'Update').sort((a, b) => compareText(ageOf(a), ageOf(b)))
  let left = updaters.length
  const joined = new Map<string, FieldOwner>()
  const gone = new Set<FieldOwner>()
  for (const owner of updaters) {
    if (left <= maxUpdaters) break
    const before = joined.get(owner.apiVersion)
    gone.add(owner)
    if (before === undefined) joined.set(owner.apiVersion, owner)
    else {
      const fields = unionFieldSets(before.fields, owner.fields)
      joined.set(owner.apiVersion, { ...owner, manager: bucket, subresource: '', fields })
      left--
    }
  }
  return left === updaters.length ? owners : [...owners.filter((owner) => !gone.has(owner)), ...joined.values()]
}

function ageOf({ time = '', manager, operation, apiVersion, subresource }: FieldOwner): string {
  return [time, manager, operation, apiVersion, subresource].join('\n')
}
