import { isList, isMap } from '../../../manifest/fields/json.ts'
import { canonicalQuantity } from '../../../manifest/fields/quantity.ts'
import { type FieldSchema, shapeOf } from '../../../manifest/fields/schema.ts'
import { elementOf } from '../../../manifest/fields/schema-items.ts'
import type { Problem } from '../../../model/errors/problem.ts'
import type { Json } from '../../../model/object.ts'

/**
 * Everything in a value that its schema does not know or does not allow, as strict field validation reports it: unknown
 * fields, values of another type, list items without their keys or with the keys of another one. Values are not shown.
 *
 * @param complete - whether what is required must be there: not in a configuration, which is only a part of an object
 */
export function validateFields(value: Json, schema: FieldSchema, complete: boolean): readonly Problem[] {
  const problems: Problem[] = []
  const fault = (path: string, found: string, accepted: string): void => {
    problems.push({ path: path.replace(/^\./, ''), found, accepted })
  }

  function visit(path: string, current: Json, known: FieldSchema): void {
    const { type } = known
    if (current === null || type === undefined) return
    if (!isOfType(current, type)) {
      fault(path, kindOf(current), accepted[type])
      return
    }
    if (isMap(current)) visitMap(path, current, known)
    if (isList(current)) visitList(path, current, known)
  }

  function visitMap(path: string, map: Extract<Json, { readonly [field: string]: Json }>, known: FieldSchema): void {
    const { fields = {}, values, required = [] } = known
    for (const [name, child] of Object.entries(map)) {
      const schemaOfField = Object.hasOwn(fields, name) ? fields[name] : values
      if (schemaOfField === undefined) fault(`${path}.${name}`, 'an unknown field', Object.keys(fields).sort().join(', ') || 'no field')
      else visit(`${path}.${name}`, child, schemaOfField)
    }
    if (!complete) return
    for (const name of required)
      if ((!Object.hasOwn(map, name) || map[name] === null) && isDemanded(fields[name]))
        fault(`${path}.${name}`, 'nothing', 'a value: the field is required')
  }

  function visitList(path: string, list: readonly Json[], known: FieldSchema): void {
    list.forEach((item, index) => {
      visit(`${path}[${index}]`, item, known.items ?? {})
    })
    const shape = shapeOf(known, list)
    if (shape.kind !== 'list') return
    const seen = new Set<string>()
    list.forEach((item, index) => {
      if (shape.keys !== undefined && !isMap(item)) return
      const element = elementOf(item, shape)
      if (element === 'k:{}') fault(`${path}[${index}]`, 'none of the keys', `an item with ${shape.keys?.join(' and ')}`)
      else if (seen.has(element))
        fault(`${path}[${index}]`, `another item with ${shape.keys?.join(' and ') ?? 'the same value'}`, 'each only once')
      seen.add(element)
    })
  }

  visit('', value, schema)
  return problems
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
      return Number.isInteger(value)
    case 'int-or-string':
      return typeof value === 'string' || Number.isInteger(value)
    case 'quantity':
      return canonicalQuantity(value) !== undefined
    case 'object':
      return isMap(value)
    case 'array':
      return isList(value)
    default:
      return typeof value === type
  }
}

/**
 * A structure that is left out counts as an empty one, and what is missing in it decides. Go's zero value as a default
 * is none: the field is still demanded.
 */
function isDemanded(schema: FieldSchema | undefined): boolean {
  if (schema?.type === 'object') return (schema.required ?? []).some((name) => isDemanded(schema.fields?.[name]))
  return schema?.default === undefined || schema.default === '' || schema.default === 0
}

/** The kind of a value, for messages. */
export function kindOf(value: Json): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
