import type { FieldChange } from '../../manifest/fields/field-change.ts'
import { canonicalJson } from '../../model/json/canonical-json.ts'
import { isList, isMap } from '../../model/json/value.ts'
import type { Json, KubeObject } from '../../model/object.ts'
import { parseJsonPointer } from '../../model/target/json-pointer.ts'
import type { Action } from '../apply/action.ts'

/**
 * What of an action is agreed on by who reviews it. Values that are left as they are in the cluster are not: an autoscaler may write them at
 * any time. Nor is who wrote what is there now, and when.
 */
export function contractAction(action: Action): Action {
  const { decisions = [], ignored = [], changes, object } = action
  const agreed = decisions.filter(({ rule }) => !rule.startsWith('spec.ignore')).map(({ author: _, ...decision }) => decision)
  return {
    ...action,
    ...(changes.some(({ author }) => author !== undefined) ? { changes: changes.map(withoutAuthor) } : {}),
    ...(action.decisions === undefined ? {} : { decisions: agreed.length === 0 ? undefined : agreed }),
    ...(object === undefined || ignored.length === 0 ? {} : { object: withoutFields(object, ignored) }),
  }
}

/** Whether two actions write the same over the same objections: what is left to others, and who wrote it, may differ. */
export function sameWrite(a: Action, b: Action): boolean {
  return canonicalJson(writeOf(a)) === canonicalJson(writeOf(b))
}

function writeOf(action: Action): unknown {
  const { type, object, force, takeOver, releasedBy, conflicts, decisions } = contractAction(action)
  return { type, object, force, takeOver, releasedBy, conflicts, decisions }
}

function withoutAuthor({ author: _, ...change }: FieldChange): FieldChange {
  return change
}

function withoutFields(object: KubeObject, pointers: readonly string[]): KubeObject {
  return pointers.map(parseJsonPointer).reduce((value, steps) => without(value, steps), object as unknown as Json) as unknown as KubeObject
}

/** A value without what is at the end of some steps; positions in lists stay. */
function without(value: Json, [step, ...rest]: readonly string[]): Json {
  if (step === undefined) return value
  if (isList(value)) return value.map((item, index) => (String(index) === step ? (rest.length === 0 ? null : without(item, rest)) : item))
  if (!isMap(value)) return value
  const fields = Object.entries(value).flatMap(([name, field]) =>
    name !== step ? [[name, field] as const] : rest.length === 0 ? [] : [[name, without(field, rest)] as const],
  )
  return Object.fromEntries(fields)
}
