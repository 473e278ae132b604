import { isExactInteger, scalarText } from '../../../model/json/exact-integer.ts'
import { isMap } from '../../../model/json/value.ts'
import type { Json } from '../../../model/object.ts'
import type { ObservedCondition } from '../conditions.ts'
import { valueAt } from '../fields.ts'

/** What a test looks at. */
export interface Scope {
  /** The whole object. */
  readonly root: unknown
  /** The object, or an item of one of its lists. */
  readonly item: unknown
  /** The one condition that counts, where a rule goes through the conditions one by one. */
  readonly only?: ObservedCondition | undefined
}

/** The value at a path of the item, or with `^` before it of the whole object. Numbers are floats, as in the Lua of Argo CD. */
export function valueIn({ root, item }: Scope, path: string): Json | undefined {
  const [from, at] = path.startsWith('^') ? [root, path.slice(1)] : [item, path]
  const value = at === '' ? (from as Json) : valueAt(from, at)
  return isExactInteger(value) ? Number(value.rawJSON) : value
}

/** The items of a list, or the values of a map. */
export function itemsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  return isMap(value) ? Object.values(value) : []
}

/** The `conditions` at a path of the scope, or the one that counts; of what has not their form, what can be read. */
export function conditionsIn(scope: Scope, path: string): readonly ObservedCondition[] {
  if (scope.only !== undefined) return [scope.only]
  const list = valueIn(scope, path === '' ? 'conditions' : `${path}.conditions`)
  return Array.isArray(list) ? list.map(conditionOf) : []
}

function conditionOf(item: unknown): ObservedCondition {
  const [type = '', status = '', reason = '', message = ''] = ['type', 'status', 'reason', 'message'].map((field) => {
    const value = valueAt(item, field)
    return value === undefined || value === null ? '' : scalarText(value)
  })
  return { type, status, reason, message }
}
