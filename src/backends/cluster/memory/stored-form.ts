import { storedSecret } from '../../../manifest/fields/comparable.ts'
import { isList, isMap } from '../../../manifest/fields/json.ts'
import { canonicalQuantity } from '../../../manifest/fields/quantity.ts'
import type { FieldSchema } from '../../../manifest/fields/schema.ts'
import type { Json, JsonObject } from '../../../model/object.ts'
import type { ResourceSchema } from './resource-schema.ts'

/**
 * An object as the API server stores it: with the defaults of its schema (of built-in kinds only those that are keys of
 * lists), quantities in their canonical form, `stringData` in `data`, without nulls and,
 * for built-in kinds, without empty lists and maps.
 */
export function storedForm(object: JsonObject, type: ResourceSchema): JsonObject {
  // Go writes the status of a built-in kind even when there is nothing in it.
  const whole = type.builtIn && type.status ? { status: {}, ...object } : object
  const stored = convert(whole, type.schema, type.builtIn) as JsonObject
  return type.kind === 'Secret' && type.apiVersion === 'v1' ? { type: 'Opaque', ...storedSecret(stored) } : stored
}

/**
 * A custom object as the API server decodes it, from a request and from its database: without the nulls that their schema does not allow
 * and has no default for (k8s.io/apiextensions-apiserver, `PruneNonNullableNullsWithoutDefaults`). Items of lists stay.
 */
export function decodedForm(object: JsonObject, type: ResourceSchema): JsonObject {
  return type.builtIn ? object : (withoutNulls(object, type.schema) as JsonObject)
}

function withoutNulls(value: Json, schema: FieldSchema): Json {
  if (isList(value)) return value.map((item) => withoutNulls(item, schema.items ?? {}))
  if (!isMap(value)) return value
  const entries = Object.entries(value).flatMap(([name, child]): (readonly [string, Json])[] => {
    const known = fieldSchemaOf(name, schema)
    const kept = child !== null || known === undefined || known.nullable || known.default !== undefined
    return kept ? [[name, withoutNulls(child, known ?? {})]] : []
  })
  return Object.fromEntries(entries)
}

function fieldSchemaOf(name: string, { fields = {}, values }: FieldSchema): FieldSchema | undefined {
  return Object.hasOwn(fields, name) ? fields[name] : values
}

function convert(value: Json, schema: FieldSchema, builtIn: boolean): Json {
  if (schema.type === 'quantity') return canonicalQuantity(value) ?? value
  if (isList(value)) return value.map((item) => convert(item, schema.items ?? {}, builtIn))
  if (!isMap(value)) return value
  const { fields = {}, values } = schema
  const entries = Object.entries(value).flatMap(([name, child]): (readonly [string, Json])[] => {
    const known = fieldSchemaOf(name, schema) ?? {}
    // Go decodes a null into the zero value: of a string in a map that is the empty one, of anything else nothing.
    if (child === null && builtIn && known.type !== undefined) return values?.type === 'string' ? [[name, '']] : []
    if (child === null && known.default !== undefined && !known.nullable) return []
    return builtIn && isLeftOut(child, known) ? [] : [[name, convert(child, known, builtIn)]]
  })
  const present = new Set(entries.map(([name]) => name))
  const defaults = Object.entries(fields).flatMap(([name, known]): (readonly [string, Json])[] => {
    if (present.has(name) || known.default === undefined || (builtIn && isZero(known.default))) return []
    return [[name, convert(known.default, known, builtIn)]]
  })
  return Object.fromEntries([...entries, ...defaults])
}

/** Go leaves out empty lists and maps where it can, which in the built-in kinds is nearly everywhere. Structures stay. */
function isLeftOut(value: Json, schema: FieldSchema): boolean {
  return (isList(value) && value.length === 0) || (isMap(value) && Object.keys(value).length === 0 && schema.values?.type !== undefined)
}

/** What the schema of a built-in kind names as default of a required field is only Go's zero value. */
function isZero(value: Json): boolean {
  return value === '' || value === 0 || value === false
}
