import type { Problem } from './error.ts'
import type { Schema } from './schema.ts'

/**
 * All problems of `value` under `schema`, in the order of the fields.
 *
 * @param path - the path of `value` itself, e.g. `spec`
 */
export function validate(schema: Schema, value: unknown, path: string): readonly Problem[] {
  const problems: Problem[] = []
  check(schema, value, path, problems)
  return problems
}

/** `value` with the defaults of `schema` filled in where fields are absent. The value is assumed to be valid. */
export function withDefaults(schema: Schema, value: unknown): unknown {
  if (Array.isArray(value)) return schema.items === undefined ? value : value.map((item) => withDefaults(schema.items as Schema, item))
  if (!isRecord(value)) return value
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

/** A value for people: `string "main"`, `number 5`, `a list of 3`, `nothing`. */
export function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (typeof value === 'string') return `string ${JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value)}`
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object') return 'an object'
  return `${typeof value} ${String(value)}`
}

/** The path of a field below `path`, in the form of the API server: `spec.matchLabels[app.kubernetes.io/name]`. */
export function fieldPath(path: string, key: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(key) ? `${path}.${key}` : `${path}[${key}]`
}

function check(schema: Schema, value: unknown, path: string, problems: Problem[]): void {
  const refuse = (accepted: string): void => void problems.push({ path, found: describeValue(value), accepted })
  switch (schema.type) {
    case 'object':
      return isRecord(value) ? checkObject(schema, value, path, problems) : refuse('an object')
    case 'array':
      return Array.isArray(value) ? checkArray(schema, value, path, problems) : refuse('a list')
    case 'boolean':
      return typeof value === 'boolean' ? undefined : refuse('true or false')
    case 'integer':
      return inRange(schema, value) ? undefined : refuse(rangeOf(schema))
    case 'string':
      return isText(schema, value) ? undefined : refuse(textOf(schema))
  }
}

function checkObject(schema: Schema, value: Readonly<Record<string, unknown>>, path: string, problems: Problem[]): void {
  const given = (key: string): boolean => Object.hasOwn(value, key) && value[key] !== undefined
  for (const [key, field] of Object.entries(value)) {
    if (field === undefined) continue
    const fieldSchema = fieldOf(schema, key)
    if (fieldSchema === undefined) problems.push({ path: fieldPath(path, key), found: 'an unknown field', accepted: knownFields(schema) })
    else if (fieldSchema.refused !== undefined)
      problems.push({ path: fieldPath(path, key), found: describeValue(field), accepted: fieldSchema.refused })
    else check(fieldSchema, field, fieldPath(path, key), problems)
  }
  for (const key of schema.required ?? []) {
    const field = fieldOf(schema, key) as Schema
    if (!given(key)) problems.push({ path: fieldPath(path, key), found: 'nothing', accepted: acceptedBy(field) })
  }
  const choice = schema.exactlyOneOf ?? []
  const chosen = choice.filter(given)
  // A refused alternative has been reported with its reason: that nothing else is given says no more.
  const refused = Object.entries(schema.properties ?? {}).some(([key, field]) => field.refused !== undefined && given(key))
  if (choice.length > 0 && chosen.length !== 1 && !(refused && chosen.length === 0)) {
    problems.push({
      path,
      found: chosen.length === 0 ? 'none of them' : chosen.join(' and '),
      accepted: `exactly one of ${choice.join(', ')}`,
    })
  }
}

function checkArray(schema: Schema, value: readonly unknown[], path: string, problems: Problem[]): void {
  const { items, minItems = 0, maxItems = Number.POSITIVE_INFINITY } = schema
  if (value.length < minItems || value.length > maxItems) {
    problems.push({ path, found: describeValue(value), accepted: `${minItems} to ${maxItems} items` })
  }
  if (items === undefined) return
  const keys = schema['x-kubernetes-list-map-keys']
  const seen = new Map<string, number>()
  for (const [index, item] of value.entries()) {
    check(items, item, `${path}[${index}]`, problems)
    if (keys === undefined || !isRecord(item)) continue
    const key = keys.map((name) => String(item[name] ?? '')).join('/')
    const first = seen.get(key)
    if (first !== undefined)
      problems.push({
        path: `${path}[${index}]`,
        found: `${keys.join('/')} ${JSON.stringify(key)} again, as in [${first}]`,
        accepted: 'each only once',
      })
    else seen.set(key, index)
  }
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
      return rangeOf(schema)
    case 'string':
      return textOf(schema)
  }
}

function inRange({ minimum = Number.MIN_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER }: Schema, value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= minimum && (value as number) <= maximum
}

function rangeOf({ minimum, maximum }: Schema): string {
  if (minimum === undefined) return maximum === undefined ? 'a whole number' : `a whole number up to ${maximum}`
  return maximum === undefined ? `a whole number from ${minimum}` : `a whole number from ${minimum} to ${maximum}`
}

function isText(schema: Schema, value: unknown): boolean {
  if (typeof value !== 'string') return false
  // The length comes first: it bounds what the pattern has to look at.
  if (value.length < (schema.minLength ?? 0) || value.length > (schema.maxLength ?? Number.POSITIVE_INFINITY)) return false
  if (schema.enum !== undefined && !schema.enum.includes(value)) return false
  return schema.pattern === undefined || new RegExp(schema.pattern).test(value)
}

function textOf(schema: Schema): string {
  if (schema.accepts !== undefined) return schema.accepts
  if (schema.enum !== undefined) return `one of ${schema.enum.join(', ')}`
  const { minLength = 0, maxLength } = schema
  return `a string${maxLength === undefined ? (minLength > 0 ? ` of at least ${minLength} characters` : '') : ` of ${minLength} to ${maxLength} characters`}`
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Sets own data even for the name `__proto__`. */
function define(target: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true })
}
