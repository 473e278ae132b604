import { type CelInput, celList, celMap } from '@bufbuild/cel'
import { integerText } from '../../../model/json/exact-integer.ts'

/** The fields of an object, by their names, as expressions see them. */
export type Bindings = Readonly<Record<string, CelInput>>

/** The fields of an object as CEL's values: an integer is an `int`, as where Go has read the object. Converted once, not at each access. */
export function bindFields(object: unknown): Bindings {
  const fields = typeof object === 'object' && object !== null ? Object.entries(object) : []
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined).map(([name, value]) => [name, toValue(value)]))
}

function toValue(json: unknown): CelInput {
  const integer = integerText(json)
  if (integer !== undefined) return BigInt(integer)
  if (typeof json !== 'object' || json === null) return json as CelInput
  if (Array.isArray(json)) return celList(json.map(toValue))
  const entries = Object.entries(json).filter(([, value]) => value !== undefined)
  return celMap(new Map(entries.map(([name, value]) => [name, toValue(value)])))
}
