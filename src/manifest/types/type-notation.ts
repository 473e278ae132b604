import type { Json, JsonObject } from '../../model/object.ts'
import type { FieldSchema } from '../fields/schema.ts'
import { fill } from './built-in-form.ts'
import { conditionalDefaults, derivedFields } from './conditional-defaults.ts'

/**
 * The fields of a Go type as `name: notation`, with marks before the name: `!` it is required, `+` it is written though it is zero, `*` a zero
 * that was given is written, `-` the server drops it. The notation is one letter: `s` string, `y` base64, `t` time, `T` time with
 * microseconds, `i` integer, `n` integer that is not negative, `f` number, `b` boolean, `q` quantity, `x` integer or string, `a` anything,
 * `r` any object, as one value, `@Type` a type; after prefixes: `m` map of, `l` list of, `u` set of, `k(a,b)` list by keys of, `A`
 * atomic. `s(a|b)` is a string that is one of these. `=json` after it is the default of a field that is a key. The field `=`
 * holds what a value of the type gets that says nothing else, and `?` names the fields of which that depends on others.
 */
export type TypeEntry = Readonly<Record<string, string>> & { readonly '='?: JsonObject; readonly '?'?: readonly string[] }

/** Types by their names. */
export type TypeEntries = Readonly<Record<string, TypeEntry>>

/** A field of an entry. */
export interface NotedField {
  readonly name: string
  readonly marks: string
  readonly notation: string
}

/** The fields of an entry. */
export function notedFields(entry: TypeEntry): readonly NotedField[] {
  const { '=': _, '?': __, ...fields } = entry
  return Object.entries(fields as Readonly<Record<string, string>>).map(([field, notation]) => {
    const [, marks = '', name = ''] = /^([!+*-]*)(.*)$/.exec(field) ?? []
    return { name, marks, notation }
  })
}

const scalars: Readonly<Record<string, FieldSchema>> = {
  s: { type: 'string' },
  y: { type: 'string', format: 'byte' },
  t: { type: 'string', format: 'date-time' },
  T: { type: 'string', format: 'micro-time' },
  i: { type: 'integer' },
  n: { type: 'integer', minimum: 0 },
  f: { type: 'number' },
  b: { type: 'boolean' },
  q: { type: 'quantity' },
  x: { type: 'int-or-string' },
  a: {},
  r: { type: 'object', atomic: true, values: {} },
}

/** Reads the notation of entries. Types that name each other share one schema. */
export class NotedTypes {
  readonly #entries: TypeEntries
  readonly #known = new Map<string, FieldSchema>()

  constructor(entries: TypeEntries) {
    this.#entries = entries
  }

  named(name: string): FieldSchema {
    const known = this.#known.get(name)
    if (known !== undefined) return known
    const fields: Record<string, FieldSchema> = {}
    const required: string[] = []
    const [written, kept, dropped] = [new Set<string>(), new Set<string>(), new Set<string>()]
    const entry = Object.hasOwn(this.#entries, name) ? (this.#entries[name] as TypeEntry) : {}
    const schema: FieldSchema = {
      type: 'object',
      fields,
      required,
      written,
      kept,
      dropped,
      complete: completion(name, entry['='], entry['?'], (value, defaults) => fill(value, defaults, schema)),
    }
    // Known before its fields are read: a type may hold itself.
    this.#known.set(name, schema)
    for (const { name: field, marks, notation } of notedFields(entry)) {
      if (marks.includes('!')) required.push(field)
      if (marks.includes('+')) written.add(field)
      if (marks.includes('*')) kept.add(field)
      if (marks.includes('-')) dropped.add(field)
      fields[field] = this.#parse(notation)
    }
    return schema
  }

  #parse(notation: string): FieldSchema {
    const equals = notation.indexOf('=')
    if (equals >= 0) return { ...this.#parse(notation.slice(0, equals)), default: JSON.parse(notation.slice(equals + 1)) as Json }
    const rest = notation.slice(1)
    switch (notation[0]) {
      case '@':
        return this.named(rest)
      case 'A':
        return atomic(this.#parse(rest))
      case 'm':
        return { type: 'object', values: this.#parse(rest) }
      case 'l':
        return { type: 'array', items: this.#parse(rest) }
      case 'u':
        return { type: 'array', items: this.#parse(rest), listType: 'set' }
      case 'k': {
        const end = rest.indexOf(')')
        return { type: 'array', items: this.#parse(rest.slice(end + 1)), listType: { keys: rest.slice(1, end).split(',') } }
      }
      default: {
        const scalar = scalars[notation[0] as string] as FieldSchema
        return rest.startsWith('(') ? { ...scalar, enum: rest.slice(1, -1).split('|') } : scalar
      }
    }
  }
}

/** The fields of `inner` may still be filled in, so they are shared, not copied. */
function atomic({ fields, values, ...inner }: FieldSchema): FieldSchema {
  return { ...inner, type: 'object', atomic: true, fields, values: values ?? (fields ? undefined : {}) }
}

/** How a value of a type is completed with its defaults. */
function completion(
  name: string,
  usual: JsonObject = {},
  conditional: readonly string[] | undefined,
  filled: (value: JsonObject, defaults: JsonObject) => JsonObject,
): FieldSchema['complete'] {
  const rule = Object.hasOwn(conditionalDefaults, name) ? conditionalDefaults[name] : undefined
  const derived = Object.hasOwn(derivedFields, name) ? derivedFields[name] : undefined
  if (conditional !== undefined && rule === undefined) throw new Error(`no rule for the defaults of ${name}: ${conditional.join(', ')}`)
  if (rule === undefined && derived === undefined && Object.keys(usual).length === 0) return undefined
  return (given) => {
    const value = derived === undefined ? given : withoutUndefined({ ...given, ...derived(given) })
    return filled(value, rule === undefined ? usual : rule(value, usual))
  }
}

function withoutUndefined(fields: Readonly<Record<string, Json | undefined>>): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as JsonObject
}
