import type { Problem } from '../../model/errors/problem.ts'
import { canonicalJson } from '../../model/json/canonical-json.ts'
import { integerText, isExactInteger, scalarText } from '../../model/json/exact-integer.ts'
import { fieldOf, isList, isMap } from '../../model/json/value.ts'
import type { Json, JsonObject, KubeObject } from '../../model/object.ts'
import type { TypeRef } from '../../model/reference.ts'
import type { FieldSchema } from '../fields/schema.ts'
import { withDefaults, withoutNulls } from './custom-form.ts'
import type { ResourceSchema } from './resource-schema.ts'
import { metadataSchema } from './type-table.ts'
import { kindOf } from './validate-fields.ts'

/** The types that a CustomResourceDefinition defines, one for each served API version. */
export function customTypes(definition: KubeObject): readonly ResourceSchema[] {
  const spec = definition.spec as Json
  const names = fieldOf(spec, 'names')
  const versions = fieldOf(spec, 'versions')
  return (isList(versions) ? versions : [])
    .filter((version) => fieldOf(version, 'served') === true)
    .map((version) => {
      const type = {
        apiVersion: `${text(fieldOf(spec, 'group'))}/${text(fieldOf(version, 'name'))}`,
        kind: text(fieldOf(names, 'kind')),
        plural: text(fieldOf(names, 'plural')),
        namespaced: fieldOf(spec, 'scope') === 'Namespaced',
        status: fieldOf(fieldOf(version, 'subresources'), 'status') !== undefined,
      }
      return customType(type, fieldOf(fieldOf(version, 'schema'), 'openAPIV3Schema') ?? {})
    })
}

/** A custom type by the structural schema of its objects. */
export function customType(type: TypeRef & Pick<ResourceSchema, 'plural' | 'namespaced' | 'status'>, root: Json): ResourceSchema {
  const schema = fieldSchema(root)
  const header = { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: metadataSchema() } as const
  const whole: FieldSchema = { ...schema, type: 'object', fields: { ...schema.fields, ...header } }
  const defaulted = (object: JsonObject): JsonObject => withDefaults(withoutNullStatus(object), whole) as JsonObject
  const decoded = (object: JsonObject): JsonObject => defaulted(withoutNulls(object, whole) as JsonObject)
  return {
    ...type,
    generation: true,
    immutable: [],
    specOwned: true,
    builtIn: false,
    schema: whole,
    empty: () => ({}),
    decoded,
    asGiven: decoded,
    defaulted,
    validate: (object) => validateValue(object as unknown as JsonObject, root),
    structural: root,
  }
}

function withoutNullStatus({ status, ...object }: JsonObject): JsonObject {
  return status === null || status === undefined ? object : { ...object, status }
}

/** What a structural schema says of merging, and of the types of fields. */
function fieldSchema(schema: Json): FieldSchema {
  const properties = fieldOf(schema, 'properties')
  const additional = fieldOf(schema, 'additionalProperties')
  const preserve = fieldOf(schema, 'x-kubernetes-preserve-unknown-fields') === true
  const embedded = fieldOf(schema, 'x-kubernetes-embedded-resource') === true
  const items = fieldOf(schema, 'items')
  const required = fieldOf(schema, 'required')
  const fields = isMap(properties) ? Object.fromEntries(Object.entries(properties).map(([name, child]) => [name, fieldSchema(child)])) : {}
  const listType = fieldOf(schema, 'x-kubernetes-list-type')
  const keys = fieldOf(schema, 'x-kubernetes-list-map-keys')
  const intOrString = fieldOf(schema, 'x-kubernetes-int-or-string') === true
  const type = fieldOf(schema, 'type') as FieldSchema['type'] | undefined
  return {
    type: intOrString ? 'int-or-string' : type,
    fields: embedded ? { ...fields, apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: metadataSchema() } : fields,
    values: isMap(additional) ? fieldSchema(additional) : preserve || additional === true ? { nullable: true } : undefined,
    items: items === undefined ? undefined : fieldSchema(items),
    listType: listType === 'set' ? 'set' : listType === 'map' && isList(keys) ? { keys: keys.map(text) } : undefined,
    atomic: fieldOf(schema, 'x-kubernetes-map-type') === 'atomic',
    required: isList(required) ? required.map(text) : [],
    default: fieldOf(schema, 'default'),
    nullable: fieldOf(schema, 'nullable') === true,
    embedded,
  }
}

/** Checks a value against the validations of a structural schema. CEL rules are not evaluated. */
function validateValue(value: Json, schema: Json, path = ''): readonly Problem[] {
  const fault = (accepted: string): Problem => ({ path: path.replace(/^\./, ''), found: found(value), accepted })
  if (value === null)
    return fieldOf(schema, 'nullable') === true || fieldOf(schema, 'type') === undefined
      ? []
      : [fault(`${text(fieldOf(schema, 'type'))}, not null`)]
  const problems: Problem[] = []
  const bound = (name: string, actual: string | number, holds: (limit: number) => boolean, what: string): void => {
    const limit = fieldOf(schema, name)
    const limitText = integerText(limit) ?? limit
    if ((typeof limit === 'number' || isExactInteger(limit)) && !holds(Number(limitText)))
      problems.push({ ...fault(`${what} ${limitText}`), found: String(actual) })
  }
  const allowed = fieldOf(schema, 'enum')
  if (isList(allowed) && !allowed.some((candidate) => canonicalJson(candidate) === canonicalJson(value)))
    problems.push(fault(allowed.map((candidate) => JSON.stringify(candidate)).join(', ')))
  if (typeof value === 'string') {
    bound('minLength', value.length, (limit) => [...value].length >= limit, 'a length of at least')
    bound('maxLength', value.length, (limit) => [...value].length <= limit, 'a length of at most')
    const pattern = fieldOf(schema, 'pattern')
    if (typeof pattern === 'string' && value.length <= longestMatched && !matches(pattern, value))
      problems.push(fault(`what matches ${pattern}`))
  }
  const integer = integerText(value)
  if (typeof value === 'number' || integer !== undefined) {
    // An API server compares floats too (go-openapi/validate).
    const size = Number(integer ?? value)
    bound('minimum', integer ?? size, (limit) => (fieldOf(schema, 'exclusiveMinimum') === true ? size > limit : size >= limit), 'at least')
    bound('maximum', integer ?? size, (limit) => (fieldOf(schema, 'exclusiveMaximum') === true ? size < limit : size <= limit), 'at most')
    bound('multipleOf', integer ?? size, (limit) => size % limit === 0, 'a multiple of')
  }
  if (isList(value)) {
    bound('minItems', value.length, (limit) => value.length >= limit, 'a number of items of at least')
    bound('maxItems', value.length, (limit) => value.length <= limit, 'a number of items of at most')
    const items = fieldOf(schema, 'items')
    for (const [index, item] of items === undefined ? [] : value.entries())
      for (const problem of validateValue(item, items as Json, `${path}[${index}]`)) problems.push(problem)
  }
  if (isMap(value)) {
    bound('minProperties', Object.keys(value).length, (limit) => Object.keys(value).length >= limit, 'a number of fields of at least')
    bound('maxProperties', Object.keys(value).length, (limit) => Object.keys(value).length <= limit, 'a number of fields of at most')
    const properties = fieldOf(schema, 'properties')
    const additional = fieldOf(schema, 'additionalProperties')
    for (const [name, child] of Object.entries(value)) {
      if (path === '' && (name === 'metadata' || name === 'apiVersion' || name === 'kind')) continue
      const known = fieldOf(properties, name) ?? (isMap(additional) ? additional : undefined)
      if (known !== undefined) for (const problem of validateValue(child, known, `${path}.${name}`)) problems.push(problem)
    }
  }
  return problems
}

/** Patterns come from definitions and can backtrack without end: longer texts are not matched. */
const longestMatched = 1024

function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(value)
  } catch {
    return new RegExp(pattern).test(value)
  }
}

function found(value: Json): string {
  return typeof value === 'string'
    ? `'${value.length > 60 ? `${value.slice(0, 60)}…` : value}'`
    : isMap(value) || isList(value)
      ? kindOf(value)
      : scalarText(value)
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}
