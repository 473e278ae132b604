import type { Problem } from '../../model/errors/problem.ts'
import { integerText, isExactInteger, scalarText } from '../../model/json/exact-integer.ts'
import { isList, isMap } from '../../model/json/value.ts'
import type { Json } from '../../model/object.ts'
import { canonicalQuantity } from '../fields/quantity.ts'
import { type FieldSchema, shapeOf } from '../fields/schema.ts'
import { elementOf } from '../fields/schema-items.ts'
import { required } from './field-problems.ts'

/** What is found where an item of a list has none of the keys of the list. */
export const noKeys = 'none of the keys'

/** What of a value cannot be decoded by its schema. */
export interface DecodingRules {
  /** Whether fields that the schema does not have are problems. */
  readonly strict: boolean
  /** Whether items of lists need their keys, each its own. */
  readonly keys: boolean
  /** Whether times and base64 are looked at. */
  readonly formats: boolean
}

/** Everything in a value that cannot be decoded by its schema: values of another type, and what the rules name. Values are not shown. */
export function decodingProblems(
  value: Json,
  schema: FieldSchema,
  { strict, keys, formats: strictFormats }: DecodingRules,
): readonly Problem[] {
  const problems: Problem[] = []
  const fault = (path: string, found: string, accepted: string): void => {
    problems.push({ path: path.replace(/^\./, ''), found, accepted })
  }

  function visit(path: string, current: Json, known: FieldSchema): void {
    const { type, format } = known
    if (current === null || type === undefined) return
    // How a quantity is written is read later.
    if (type === 'quantity' && !strictFormats && (typeof current === 'string' || isNumber(current))) return
    if (!isOfType(current, type)) {
      fault(path, kindOf(current), accepted[type])
      return
    }
    if (strictFormats && format !== undefined && !isOfFormat(current as string, format)) fault(path, 'another text', formats[format])
    if (isMap(current)) visitMap(path, current, known)
    if (isList(current)) visitList(path, current, known)
  }

  function visitMap(path: string, map: Extract<Json, { readonly [field: string]: Json }>, known: FieldSchema): void {
    const { fields = {} } = known
    for (const [name, child] of Object.entries(map)) {
      if (strictFormats && known.embedded && child === null && (name === 'apiVersion' || name === 'kind'))
        fault(`${path}.${name}`, 'null', 'a string')
      const schemaOfField = fieldSchemaOf(name, known)
      if (schemaOfField !== undefined) visit(`${path}.${name}`, child, schemaOfField)
      else if (strict) fault(`${path}.${name}`, 'an unknown field', Object.keys(fields).sort().join(', ') || 'no field')
    }
  }

  function visitList(path: string, list: readonly Json[], known: FieldSchema): void {
    list.forEach((item, index) => {
      visit(`${path}[${index}]`, item, known.items ?? {})
    })
    const shape = shapeOf(known, list)
    if (shape.kind !== 'list' || !keys) return
    const seen = new Set<string>()
    list.forEach((item, index) => {
      if (item === null) {
        fault(`${path}[${index}]`, 'null', 'an item')
        return
      }
      if (shape.keys !== undefined && !isMap(item)) return
      const element = elementOf(item, shape)
      if (element === 'k:{}') fault(`${path}[${index}]`, noKeys, `an item with ${shape.keys?.join(' and ')}`)
      else if (seen.has(element))
        fault(`${path}[${index}]`, `another item with ${shape.keys?.join(' and ') ?? 'the same value'}`, 'each only once')
      seen.add(element)
    })
  }

  visit('', value, schema)
  return problems
}

/** A value without the fields that its schema does not have. */
export function withoutUnknown(value: Json, schema: FieldSchema): Json {
  if (isList(value)) return value.map((item) => withoutUnknown(item, schema.items ?? {}))
  if (!isMap(value) || schema.type === undefined) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, child]) => {
      const known = fieldSchemaOf(name, schema)
      return known === undefined ? [] : [[name, withoutUnknown(child, known)] as const]
    }),
  )
}

/** The required fields that a stored object does not have. */
export function missingFields(value: Json, schema: FieldSchema, path = ''): readonly Problem[] {
  if (isList(value)) return value.flatMap((item, index) => missingFields(item, schema.items ?? {}, `${path}[${index}]`))
  if (!isMap(value)) return []
  const absent = (schema.required ?? []).filter((name) => isMissing(Object.hasOwn(value, name) ? value[name] : undefined, schema))
  return [
    ...absent.map((name) => required(`${path}.${name}`.replace(/^\./, ''))),
    ...Object.entries(value).flatMap(([name, child]) => missingFields(child, fieldSchemaOf(name, schema) ?? {}, `${path}.${name}`)),
  ]
}

/** The values of a stored object that its schema does not allow: what is not of an enum, and what is too small. */
export function refusedValues(value: Json, schema: FieldSchema, path = ''): readonly Problem[] {
  if (isList(value)) return value.flatMap((item, index) => refusedValues(item, schema.items ?? {}, `${path}[${index}]`))
  if (isMap(value))
    return Object.entries(value).flatMap(([name, child]) => refusedValues(child, fieldSchemaOf(name, schema) ?? {}, `${path}.${name}`))
  const at = path.replace(/^\./, '')
  const { enum: allowed, minimum } = schema
  if (minimum !== undefined && Number(integerText(value) ?? value) < minimum)
    return [{ path: at, found: scalarText(value), accepted: `at least ${minimum}`, cause: 'FieldValueInvalid' }]
  if (typeof value === 'string' && value !== '' && allowed !== undefined && !allowed.includes(value))
    return [{ path: at, found: JSON.stringify(value), accepted: allowed.join(', '), cause: 'FieldValueNotSupported' }]
  return []
}

/** In the built-in kinds, what Go writes for nothing is nothing too. */
function isMissing(value: Json | undefined, { written }: FieldSchema): boolean {
  return value === undefined || value === null || (value === '' && written !== undefined)
}

function fieldSchemaOf(name: string, { fields = {}, values }: FieldSchema): FieldSchema | undefined {
  return Object.hasOwn(fields, name) ? fields[name] : values
}

const formats: Readonly<Record<NonNullable<FieldSchema['format']>, string>> = {
  byte: 'base64',
  'date-time': "a time as '2026-01-31T12:00:00Z'",
  'micro-time': "a time as '2026-01-31T12:00:00.000000Z'",
}

const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/

function isOfFormat(text: string, format: NonNullable<FieldSchema['format']>): boolean {
  switch (format) {
    case 'byte':
      return /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text.replace(/[\r\n]/g, ''))
    case 'date-time':
      return time.test(text) && !Number.isNaN(Date.parse(text))
    case 'micro-time':
      return time.test(text) && /\.\d{6}[Z+-]/.test(text) && !Number.isNaN(Date.parse(text))
  }
}

const accepted: Readonly<Record<NonNullable<FieldSchema['type']>, string>> = {
  string: 'a string',
  integer: 'an integer',
  number: 'a number',
  boolean: 'true or false',
  'int-or-string': 'an integer or a string',
  quantity: "a quantity as '500m' or '1Gi'",
  object: 'an object',
  array: 'a list',
}

function isOfType(value: Json, type: NonNullable<FieldSchema['type']>): boolean {
  switch (type) {
    case 'integer':
      return integerText(value) !== undefined
    case 'int-or-string':
      return typeof value === 'string' || integerText(value) !== undefined
    case 'quantity':
      return canonicalQuantity(value) !== undefined
    case 'object':
      return isMap(value)
    case 'array':
      return isList(value)
    case 'number':
      return isNumber(value)
    default:
      return typeof value === type
  }
}

/** The kind of a value, for messages. */
export function kindOf(value: Json): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  return isNumber(value) ? 'a number' : typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

function isNumber(value: Json): boolean {
  return typeof value === 'number' || isExactInteger(value)
}
