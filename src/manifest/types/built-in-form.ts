import { isList, isMap } from '../../model/json/value.ts'
import type { Json, JsonObject } from '../../model/object.ts'
import { canonicalQuantity } from '../fields/quantity.ts'
import type { FieldSchema } from '../fields/schema.ts'

/**
 * A value of a built-in type as Go writes it once it has read and defaulted it: without nulls and zeros where they are left out, with
 * what is written though it is zero, and with quantities, times and base64 in their one form. Fields that the schema does not know
 * stay as they are.
 */
export function builtInForm(value: Json, schema: FieldSchema, { written = 'canonical' }: Pick<Partial<Form>, 'written'> = {}): Json {
  return formOf(value, schema, { defaults: true, written })
}

interface Form {
  readonly defaults: boolean
  /**
   * Go compares lists that belong to one manager as a whole as they lie in memory: how a quantity is written in them, and whether a
   * list in them is empty or not there, makes a difference. `asGiven` keeps that where it counts: `exact` within such a list,
   * `whole` in a structure that is one value, whose lists are such.
   */
  readonly written: 'canonical' | 'asGiven' | 'whole' | 'exact'
}

/** An object of a built-in type as Go makes it: without anything, defaults either. */
export function emptyForm(schema: FieldSchema): JsonObject {
  return formOfStructure({}, schema, { defaults: false, written: 'canonical' })
}

function formOf(value: Json, schema: FieldSchema, outer: Form): Json {
  const form: Form = { ...outer, written: writtenWithin(schema, outer.written) }
  switch (schema.type) {
    case 'quantity':
      return (form.written === 'exact' ? undefined : canonicalQuantity(value)) ?? value
    case 'string':
      return typeof value === 'string' ? formOfText(value, schema.format) : value
    case 'array':
      return isList(value) ? value.map((item) => itemForm(item, schema.items ?? {}, form)) : value
    case 'object':
      if (!isMap(value)) return value
      return schema.fields === undefined ? formOfMap(value, schema.values ?? {}, form) : formOfStructure(value, schema, form)
    default:
      return value
  }
}

function writtenWithin({ type, atomic, listType }: FieldSchema, outer: Form['written']): Form['written'] {
  if (outer === 'asGiven' && atomic) return 'whole'
  return type === 'array' && (outer === 'whole' || (outer === 'asGiven' && listType === undefined)) ? 'exact' : outer
}

function formOfMap(map: JsonObject, values: FieldSchema, form: Form): JsonObject {
  return Object.fromEntries(Object.entries(map).map(([key, child]) => [key, itemForm(child, values, form)]))
}

function itemForm(item: Json, schema: FieldSchema, form: Form): Json {
  if (item === null) return schema.type === 'string' ? '' : zeroOf(schema, form)
  return formOf(item, schema, form)
}

function formOfStructure(value: JsonObject, schema: FieldSchema, form: Form): JsonObject {
  const { fields = {}, written, kept, dropped, complete } = schema
  const given = Object.fromEntries(Object.entries(value).filter(([, child]) => child !== null))
  const whole = complete === undefined || !form.defaults ? given : complete(given)
  const result: Record<string, Json> = {}
  for (const [name, child] of Object.entries(whole)) {
    if (dropped?.has(name) && form.written === 'canonical') continue
    const known = Object.hasOwn(fields, name) ? (fields[name] as FieldSchema) : {}
    const inner = formOf(child, known, form)
    const exact = typeof inner === 'object' && (form.written === 'exact' || (form.written !== 'canonical' && written?.has(name)))
    if (!isZero(inner) || isRaw(known) || exact || kept?.has(name) || !Object.hasOwn(fields, name)) result[name] = inner
  }
  for (const name of written ?? [])
    if (!Object.hasOwn(result, name) || (isEmptyList(result[name]) && form.written === 'canonical'))
      result[name] = kept?.has(name) ? null : zeroOf(fields[name] ?? {}, form)
  return result
}

/** A value with the defaults of what is not there in it. Of a field whose zero is not kept apart, zero means that it is not there. */
export function fill(given: JsonObject, defaults: JsonObject, { fields = {}, kept }: FieldSchema): JsonObject {
  const filled: Record<string, Json> = { ...given }
  for (const [name, fallback] of Object.entries(defaults)) {
    const known = fields[name] ?? {}
    const current = given[name]
    if (current === undefined || (!kept?.has(name) && isZero(current))) filled[name] = fallback
    else if (isMap(current) && isMap(fallback) && known.fields !== undefined) filled[name] = fill(current, fallback, known)
  }
  return filled
}

/** What a field is written as that is not set. */
function zeroOf(schema: FieldSchema, form: Form): Json {
  switch (schema.type) {
    case 'string':
      return schema.format === undefined ? '' : null
    case 'integer':
    case 'number':
    case 'int-or-string':
      return 0
    case 'boolean':
      return false
    case 'quantity':
      return form.written === 'exact' ? null : '0'
    case 'object':
      return schema.fields === undefined ? null : formOfStructure({}, schema, form)
    default:
      return null
  }
}

function isZero(value: Json): boolean {
  return value === '' || value === 0 || value === false || isEmptyList(value) || (isMap(value) && Object.keys(value).length === 0)
}

/** An object whose inside no type knows is written as it is given. */
function isRaw({ type, fields, values }: FieldSchema): boolean {
  return type === undefined || (type === 'object' && fields === undefined && values?.type === undefined)
}

/** The database keeps no empty lists: they are read back as none. */
function isEmptyList(value: Json | undefined): boolean {
  return isList(value) && value.length === 0
}

function formOfText(text: string, format: FieldSchema['format']): string {
  switch (format) {
    case 'byte':
      return text.replace(/[\r\n]/g, '')
    case 'date-time':
      return Number.isNaN(Date.parse(text)) ? text : `${new Date(text).toISOString().slice(0, 19)}Z`
    case 'micro-time': {
      const micros = /\.(\d{6})/.exec(text)?.[1]
      return micros === undefined ? text : `${new Date(text).toISOString().slice(0, 19)}.${micros}Z`
    }
    default:
      return text
  }
}
