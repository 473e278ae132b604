import type { FieldSchema } from '../../../manifest/fields/schema.ts'
import type { Json } from '../../../model/object.ts'
import { typeKey } from '../../../model/reference.ts'
import { kubernetesTypes } from './kubernetes-types.generated.ts'
import type { ResourceSchema } from './resource-schema.ts'

/**
 * The table as it is written: `types` holds the fields of each type as `name: notation`, with `!` before a required name.
 * The notation is one letter: `s` string, `i` integer, `f` number, `b` boolean, `q` quantity, `x` integer or string,
 * `a` anything, `@Type` a type; after prefixes: `m` map of, `l` list of, `u` set of, `k(a,b)` list by keys of, `A` atomic.
 * `=json` after it is the default of a field that is a key.
 */
interface Table {
  readonly kinds: readonly (readonly [apiVersion: string, kind: string, plural: string, flags: string, type: string])[]
  readonly types: Readonly<Record<string, Readonly<Record<string, string>>>>
}

const scalars: Readonly<Record<string, FieldSchema>> = {
  s: { type: 'string' },
  i: { type: 'integer' },
  f: { type: 'number' },
  b: { type: 'boolean' },
  q: { type: 'quantity' },
  x: { type: 'int-or-string' },
  a: {},
}

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
    kinds.map(([apiVersion, kind, plural, flags, type]) => {
      const namespaced = flags.includes('n')
      const status = flags.includes('s')
      const served: ResourceSchema = { apiVersion, kind, plural, namespaced, status, builtIn: true, schema: schemas.named(type) }
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
    const schema: FieldSchema = { type: 'object', fields, required }
    // Known before its fields are read: a type may hold itself.
    this.#known.set(name, schema)
    for (const [field, notation] of Object.entries(this.#types[name] ?? {})) {
      const bare = field.replace('!', '')
      if (bare !== field) required.push(bare)
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
      default:
        return scalars[notation[0] as string] as FieldSchema
    }
  }
}

/** The fields of `inner` may still be filled in, so they are shared, not copied. */
function atomic({ fields, values, required }: FieldSchema): FieldSchema {
  return { type: 'object', atomic: true, fields, values: values ?? (fields ? undefined : {}), required }
}
