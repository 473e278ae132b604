import { isList, isMap } from '../../model/json/value.ts'
import type { Json, JsonObject } from '../../model/object.ts'

/** What is known of a field's type: enough to merge it, to tell who owns what of it, and to refuse what is not of it. */
export interface FieldSchema {
  /** Any JSON value when absent. */
  readonly type?: 'string' | 'integer' | 'number' | 'boolean' | 'int-or-string' | 'quantity' | 'object' | 'array' | undefined
  /** The declared fields of an object. */
  readonly fields?: Readonly<Record<string, FieldSchema>> | undefined
  /** What the undeclared fields of an object are; there may be none when absent. */
  readonly values?: FieldSchema | undefined
  readonly items?: FieldSchema | undefined
  /** How the items of a list are distinguished: by value (`set`), or by these keys. A list without it is one value. */
  readonly listType?: 'set' | { readonly keys: readonly string[] } | undefined
  /** An object that is one value. */
  readonly atomic?: boolean | undefined
  readonly required?: readonly string[] | undefined
  readonly default?: Json | undefined
  /** Whether null is a value of the field: only in custom types. */
  readonly nullable?: boolean | undefined
  /** Whether it is a whole object with a type of its own: only in custom types. */
  readonly embedded?: boolean | undefined
  /** What a text is, if it is not any. */
  readonly format?: 'byte' | 'date-time' | 'micro-time' | undefined
  readonly enum?: readonly string[] | undefined
  readonly minimum?: number | undefined
  /** Of an object of a built-in kind: the fields that are written though they are zero, and those of which a given zero is. */
  readonly written?: ReadonlySet<string> | undefined
  readonly kept?: ReadonlySet<string> | undefined
  /** Its fields that the server drops. */
  readonly dropped?: ReadonlySet<string> | undefined
  /** Of an object of a built-in kind: what is given, with its defaults. */
  readonly complete?: ((given: JsonObject) => JsonObject) | undefined
}

/** A value seen with its schema: how to go on into it. */
export type Shape =
  | { readonly kind: 'leaf' }
  | { readonly kind: 'map'; field(name: string): FieldSchema; declares(name: string): boolean }
  | { readonly kind: 'list'; readonly keys: readonly string[] | undefined; readonly items: FieldSchema }

const anything: FieldSchema = {}
const leaf: Shape = { kind: 'leaf' }

/**
 * How a value is merged. Where the schema says nothing, maps go field by field and lists are one value, as
 * structured-merge-diff deduces it. `value` may be absent on one side; give the other one then.
 */
export function shapeOf(schema: FieldSchema, value: Json | undefined): Shape {
  if (isMap(value) && !schema.atomic && (schema.type === undefined || schema.type === 'object')) {
    const { fields = {}, values } = schema
    const declares = (name: string): boolean => Object.hasOwn(fields, name)
    return { kind: 'map', declares, field: (name) => (declares(name) ? (fields[name] as FieldSchema) : (values ?? anything)) }
  }
  if (isList(value) && schema.type === 'array' && schema.listType !== undefined)
    return { kind: 'list', keys: schema.listType === 'set' ? undefined : schema.listType.keys, items: schema.items ?? anything }
  return leaf
}
