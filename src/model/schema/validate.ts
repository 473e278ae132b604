import { parseDuration } from '../duration.ts'
import type { Problem } from '../errors/problem.ts'
import { describeValue, fieldPath } from '../errors/problem.ts'
import { integerText } from '../json/exact-integer.ts'
import { isMap } from '../json/value.ts'
import { jsonProblems } from './json-problems.ts'
import type { Schema } from './schema.ts'

/**
 * All problems of `value` under `schema`, in the order of the fields.
 *
 * @param path - the path of `value` itself, e.g. `spec`
 */
export function validate(schema: Schema, value: unknown, path: string): readonly Problem[] {
  return check(schema, value, path)
}

/** `value` with the defaults of `schema` filled in where fields are absent. The value is assumed to be valid. */
export function withDefaults(schema: Schema, value: unknown): unknown {
  if (Array.isArray(value)) return schema.items === undefined ? value : value.map((item) => withDefaults(schema.items as Schema, item))
  if (!isMap(value)) return value
  const result: Record<string, unknown> = {}
  for (const [key, field] of Object.entries(value)) {
    const fieldSchema = fieldOf(schema, key)
    if (field !== undefined) define(result, key, fieldSchema === undefined ? field : withDefaults(fieldSchema, field))
  }
  for (const [key, field] of Object.entries(schema.properties ?? {})) {
    if (field.default !== undefined && !Object.hasOwn(result, key)) define(result, key, withDefaults(field, field.default))
  }
  return result
}

function check(schema: Schema, value: unknown, path: string): readonly Problem[] {
  const refuse = (accepted: string): readonly Problem[] => [{ path, found: describeValue(value), accepted }]
  switch (schema.type) {
    case 'object':
      return isMap(value) ? checkObject(schema, value, path) : refuse('an object')
    case 'array':
      return Array.isArray(value) ? checkArray(schema, value, path) : refuse('a list')
    case 'boolean':
      return typeof value === 'boolean' ? [] : refuse('true or false')
    case 'integer':
      return inRange(schema, value) ? [] : refuse(rangeOf(schema, 'a whole number'))
    case 'number':
      return isNumber(schema, value) ? [] : refuse(schema.accepts ?? rangeOf(schema, 'a number'))
    case 'string':
      return isText(schema, value) ? [] : refuse(textOf(schema))
    case 'int-or-string':
      return (typeof value === 'string' ? isText : inRange)(schema, value) ? [] : refuse(textOf(schema))
  }
}

function checkObject(schema: Schema, value: Readonly<Record<string, unknown>>, path: string): readonly Problem[] {
  const given = (key: string): boolean => Object.hasOwn(value, key) && value[key] !== undefined
  const fields = Object.keys(value)
    .filter(given)
    .flatMap((key) => checkField(schema, key, value[key], fieldPath(path, key)))
  const missing = (schema.required ?? [])
    // As an API server does it: defaults are filled in before anything is missed.
    .filter((key) => !given(key) && fieldOf(schema, key)?.default === undefined)
    .map((key) => ({ path: fieldPath(path, key), found: 'nothing', accepted: acceptedBy(fieldOf(schema, key) as Schema) }))
  return [...fields, ...missing, ...checkChoice(schema, given, path)]
}

function checkField(schema: Schema, key: string, value: unknown, path: string): readonly Problem[] {
  const field = fieldOf(schema, key)
  if (field === undefined && schema['x-kubernetes-preserve-unknown-fields']) return jsonProblems(value, path)
  if (field === undefined) return [{ path, found: 'an unknown field', accepted: knownFields(schema) }]
  if (field.refused !== undefined) return [{ path, found: describeValue(value), accepted: field.refused }]
  return check(field, value, path)
}

function checkChoice(schema: Schema, given: (key: string) => boolean, path: string): readonly Problem[] {
  if (schema.exactlyOneOf === undefined) return []
  const chosen = schema.exactlyOneOf.filter(given)
  if (chosen.length === 1) return []
  // A refused alternative has been reported with its reason: that nothing else is given says no more.
  const refused = Object.entries(schema.properties ?? {}).some(([key, field]) => field.refused !== undefined && given(key))
  if (refused && chosen.length === 0) return []
  return [
    {
      path,
      found: chosen.length === 0 ? 'none of them' : chosen.join(' and '),
      accepted: `exactly one of ${schema.exactlyOneOf.join(', ')}`,
    },
  ]
}

function checkArray(schema: Schema, value: readonly unknown[], path: string): readonly Problem[] {
  const { items, minItems = 0, maxItems = Number.POSITIVE_INFINITY } = schema
  const fits = value.length >= minItems && value.length <= maxItems
  const count = fits ? [] : [{ path, found: describeValue(value), accepted: `${minItems} to ${maxItems} items` }]
  // A copy has no holes, which methods of lists pass over.
  return [...count, ...[...value].flatMap((item, index) => (items === undefined ? [] : check(items, item, `${path}[${index}]`)))]
}

function fieldOf(schema: Schema, key: string): Schema | undefined {
  if (schema.properties !== undefined && Object.hasOwn(schema.properties, key)) return schema.properties[key]
  return schema.additionalProperties
}

function knownFields(schema: Schema): string {
  const names = Object.entries(schema.properties ?? {}).filter(([, field]) => field.refused === undefined)
  return names.length === 0 ? 'no fields' : `one of ${names.map(([name]) => name).join(', ')}`
}

function acceptedBy(schema: Schema): string {
  switch (schema.type) {
    case 'object':
      return schema.properties === undefined
        ? 'an object'
        : `an object with ${(schema.required ?? schema.exactlyOneOf ?? Object.keys(schema.properties)).join(', ')}`
    case 'array':
      return 'a list'
    case 'boolean':
      return 'true or false'
    case 'integer':
      return rangeOf(schema, 'a whole number')
    case 'number':
      return schema.accepts ?? rangeOf(schema, 'a number')
    case 'string':
    case 'int-or-string':
      return textOf(schema)
  }
}

function inRange(schema: Schema, value: unknown): boolean {
  return Number.isSafeInteger(value) && isNumber(schema, value)
}

function isNumber({ minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY }: Schema, value: unknown): boolean {
  const size = Number(typeof value === 'number' ? value : (integerText(value) ?? Number.NaN))
  return Number.isFinite(size) && size >= minimum && size <= maximum
}

function rangeOf({ minimum, maximum }: Schema, what: string): string {
  if (minimum === undefined) return maximum === undefined ? what : `${what} up to ${maximum}`
  return maximum === undefined ? `${what} from ${minimum}` : `${what} from ${minimum} to ${maximum}`
}

function isText(schema: Schema, value: unknown): boolean {
  if (typeof value !== 'string') return false
  // The length comes first: it bounds what the pattern has to look at.
  if (value.length < (schema.minLength ?? 0) || value.length > (schema.maxLength ?? Number.POSITIVE_INFINITY)) return false
  if (schema.enum !== undefined && !schema.enum.includes(value)) return false
  if (schema.pattern !== undefined && !new RegExp(schema.pattern).test(value)) return false
  return schema.minimumDuration === undefined || isAtLeast(value, schema.minimumDuration)
}

function isAtLeast(duration: string, minimum: string): boolean {
  return (parseDuration(duration) ?? -1) >= (parseDuration(minimum) as number)
}

function textOf(schema: Schema): string {
  if (schema.accepts !== undefined) return schema.accepts
  if (schema.enum !== undefined) return `one of ${schema.enum.join(', ')}`
  const { minLength = 0, maxLength } = schema
  return `a string${maxLength === undefined ? (minLength > 0 ? ` of at least ${minLength} characters` : '') : ` of ${minLength} to ${maxLength} characters`}`
}

/** Sets own data even for the name `__proto__`. */
function define(target: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true })
}
