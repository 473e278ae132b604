import { describeValue } from '../../../model/errors/problem.ts'
import { fieldOf, isList } from '../../../model/json/value.ts'
import type { Json } from '../../../model/object.ts'
import type { FieldReference } from '../../../model/parameters/parameter.ts'
import { typedText } from '../../../model/parameters/typed-text.ts'
import { parseJsonPointer } from '../../../model/target/json-pointer.ts'

/** A field as text, or of which kind it is when its type is another one: never its value, which may be no one's business. `undefined`: it is not there, or null. */
export function fieldText(object: object, { pointer, type = 'string' }: FieldReference): string | { readonly found: string } | undefined {
  const value = parseJsonPointer(pointer).reduce(step, object as Json | undefined)
  if (value === undefined || value === null) return undefined
  return typedText(value, type) ?? { found: kindOf(value) }
}

function step(value: Json | undefined, name: string): Json | undefined {
  if (value !== undefined && isList(value)) return /^(0|[1-9][0-9]{0,8})$/.test(name) ? value[Number(name)] : undefined
  return fieldOf(value, name)
}

function kindOf(value: Json): string {
  if (typeof value === 'string' || typeof value === 'boolean') return `a ${typeof value}`
  const description = describeValue(value)
  return description.startsWith('number') ? 'a number' : description
}
