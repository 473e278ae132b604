import type { Json, JsonObject } from '../../model/object.ts'
import { typeKey } from '../../model/reference.ts'
import type { FieldSchema } from '../fields/schema.ts'
import { builtInForm, emptyForm, fill } from './built-in-form.ts'
import { conditionalDefaults, derivedFields } from './conditional-defaults.ts'
import { kubernetesTypes } from './kubernetes-types.generated.ts'
import type { ResourceSchema } from './resource-schema.ts'

/**
 * The table as it is written. The flags of a kind: `n` namespaced, `s` with a status subresource, `g` it has a generation from the start,
 * which counts the content (`c`), annotations (`a`) and labels (`l`), `u` no one owns its spec. The last element names the fields that cannot be changed. `types` holds the fields of each type as `name: notation`, with marks before the name: `!` it
 * is required, `+` it is written though it is zero, `*` a zero that was given is written, `-` the server
 * drops it. The notation is one letter:
 * `s` string, `y` base64, `t` time, `T` time with microseconds, `i` integer, `n` integer that is not negative, `f` number, `b` boolean, `q` quantity, `x` integer
 * or string, `a` anything, `r` any object, as one value, `@Type` a type; after prefixes: `m` map of, `l` list of, `u` set of, `k(a,b)` list by keys of, `A`
 * atomic. `s(a|b)` is a string that is one of these. `=json` after it is the default of a field that is a key. The field `=`
 * holds what a value of the type gets that says nothing else, and `?` names the fields of which that depends on others.
 */
interface Table {
  readonly kinds: readonly (readonly [
    apiVersion: string,
    kind: string,
    plural: string,
    flags: string,
    type: string,
    immutable: readonly string[],
  ])[]
  readonly types: Readonly<Record<string, TypeEntry>>
}

type TypeEntry = Readonly<Record<string, string>> & { readonly '='?: JsonObject; readonly '?'?: readonly string[] }

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

const counted = [
  ['c', 'content'],
  ['a', 'annotations'],
  ['l', 'labels'],
] as const

let loaded: ReadonlyMap<string, ResourceSchema> | undefined

/** The types that a fresh API server serves, by {@link typeKey}. Read at the first use, and shared. */
export function builtInTypes(): ReadonlyMap<string, ResourceSchema> {
  loaded ??= load(JSON.parse(kubernetesTypes) as Table)
  return loaded
}

/** The schema of the metadata of every object. */
export function metadataSchema(): FieldSchema {
  return builtInTypes().get('v1|ConfigMap')?.schema.fields?.metadata as FieldSchema
}

function load({ kinds, types }: Table): ReadonlyMap<string, ResourceSchema> {
  const schemas = new Schemas(types)
  return new Map(
    kinds.map(([apiVersion, kind, plural, flags, type, immutable]) => {
      const namespaced = flags.includes('n')
      const status = flags.includes('s')
      const schema = schemas.named(type)
      const form = (object: JsonObject): JsonObject => builtInForm(object, schema) as JsonObject
      const empty = (): JsonObject => emptyForm(schema)
      const served: ResourceSchema = {
        apiVersion,
        kind,
        plural,
        namespaced,
        status,
        generation: flags.includes('g'),
        counted: counted.filter(([flag]) => flags.includes(flag)).map(([, what]) => what),
        immutable,
        specOwned: !flags.includes('u'),
        builtIn: true,
        schema,
        empty,
        decoded: form,
        asGiven: (object) => builtInForm(object, schema, { written: 'asGiven' }) as JsonObject,
        defaulted: form,
      }
      return [typeKey(served), served]
    }),
  )
}

/** Reads the notation of the table. Types that name each other share one schema. */
class Schemas {
  readonly #types: Table['types']
  readonly #known = new Map<string, FieldSchema>()

  constructor(types: Table['types']) {
    this.#types = types
  }

  named(name: string): FieldSchema {
    const known = this.#known.get(name)
    if (known !== undefined) return known
    const fields: Record<string, FieldSchema> = {}
    const required: string[] = []
    const [written, kept, dropped] = [new Set<string>(), new Set<string>(), new Set<string>()]
    const { '=': given, '?': conditional, ...entries } = this.#types[name] ?? {}
    const schema: FieldSchema = {
      type: 'object',
      fields,
      required,
      written,
      kept,
      dropped,
      complete: completion(name, given, conditional, (value, defaults) => fill(value, defaults, schema)),
    }
    // Known before its fields are read: a type may hold itself.
    this.#known.set(name, schema)
    for (const [field, notation] of Object.entries(entries)) {
      const [, marks = '', bare = ''] = /^([!+*-]*)(.*)$/.exec(field) ?? []
      if (marks.includes('!')) required.push(bare)
      if (marks.includes('+')) written.add(bare)
      if (marks.includes('*')) kept.add(bare)
      if (marks.includes('-')) dropped.add(bare)
      fields[bare] = this.#parse(notation)
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
    const value = derived === undefined ? given : { ...given, ...derived(given) }
    return filled(value, rule === undefined ? usual : rule(value, usual))
  }
}
