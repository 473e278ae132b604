import type { Json, JsonObject } from '../../model/object.ts'
import type { TypeEntries, TypeEntry } from './type-notation.ts'

/** A schema of an OpenAPI document (version 3), as an API server writes it. */
export interface OpenApiSchema {
  readonly [field: string]: unknown
  readonly type?: string
  readonly format?: string
  readonly $ref?: string
  readonly properties?: Readonly<Record<string, OpenApiSchema>>
  readonly additionalProperties?: OpenApiSchema | boolean
  readonly items?: OpenApiSchema
  readonly allOf?: readonly OpenApiSchema[]
  readonly required?: readonly string[]
  readonly default?: Json
  readonly enum?: readonly string[]
}

/** The schemas of a document by their names: `io.k8s.api.apps.v1.Deployment`. */
export type OpenApiSchemas = Readonly<Record<string, OpenApiSchema>>

/** What a document leaves out about a field. */
export interface FieldFacts {
  /** Whether a value must be there. */
  readonly demanded: boolean
  /** Whether it is held to its enum, or as an integer to be none below zero. */
  readonly enforced: boolean
  /** The other marks of the notation: `+`, `*`, `-`. */
  readonly marks: string
}

/** What a document leaves out about a type. */
export interface TypeFacts {
  field(name: string): FieldFacts
  readonly usual: JsonObject
  readonly conditional: readonly string[]
}

/** Names of types are unique by their last parts: `apps.v1.Deployment` of `io.k8s.api.apps.v1.Deployment`. */
export function shortName(name: string): string {
  return name.split('.').slice(-3).join('.')
}

/** The Go types of a document, from `roots` on, in the notation of {@link TypeEntry}. */
export function writeEntries(
  schemas: OpenApiSchemas,
  roots: readonly string[],
  factsOf: (name: string, schema: OpenApiSchema) => TypeFacts,
): TypeEntries {
  const entries = new Entries(schemas, factsOf)
  for (const root of roots) entries.define(root)
  return entries.written
}

class Entries {
  readonly written: Record<string, TypeEntry> = {}
  readonly #schemas: OpenApiSchemas
  readonly #factsOf: (name: string, schema: OpenApiSchema) => TypeFacts
  readonly #keys: ReadonlySet<string>

  constructor(schemas: OpenApiSchemas, factsOf: (name: string, schema: OpenApiSchema) => TypeFacts) {
    this.#schemas = schemas
    this.#factsOf = factsOf
    this.#keys = keyFields(schemas)
  }

  define(name: string): void {
    const short = shortName(name)
    if (Object.hasOwn(this.written, short)) return
    this.written[short] = {}
    const schema = this.#schemas[name] ?? {}
    const { field: factsOfField, usual, conditional } = this.#factsOf(name, schema)
    const fields = Object.entries(schema.properties ?? {}).map(([field, property]) => {
      const { demanded, enforced, marks } = factsOfField(field)
      const notation = this.#notationOf(property, enforced) + keyDefault(property, this.#keys.has(`${name}/${field}`))
      return [`${demanded ? '!' : ''}${marks}${field}`, notation]
    })
    this.written[short] = {
      ...Object.fromEntries(fields),
      ...(Object.keys(usual).length > 0 && { '=': usual }),
      ...(conditional.length > 0 && { '?': conditional }),
    } as TypeEntry
  }

  #notationOf(schema: OpenApiSchema, enforced = false): string {
    const name = referenced(schema)
    if (name !== undefined) return this.#notationOfReference(name, schema)
    if (schema.format === 'int-or-string') return 'x'
    if (Array.isArray(schema.oneOf)) return 'q'
    switch (schema.type) {
      case 'string':
        if (schema.format === 'byte') return 'y'
        if (schema.format === 'date-time') return 't'
        return enforced && schema.enum !== undefined ? `s(${schema.enum.filter((value) => value !== '').join('|')})` : 's'
      case 'integer':
        return enforced ? 'n' : 'i'
      case 'number':
        return 'f'
      case 'boolean':
        return 'b'
      case 'array':
        return `${listNotation(schema)}${this.#notationOf(schema.items ?? {})}`
      case 'object': {
        if (typeof schema.additionalProperties !== 'object') return 'r'
        return `${schema['x-kubernetes-map-type'] === 'atomic' ? 'A' : ''}m${this.#notationOf(schema.additionalProperties)}`
      }
      default:
        return 'a'
    }
  }

  #notationOfReference(name: string, schema: OpenApiSchema): string {
    if (name.endsWith('.MicroTime')) return 'T'
    const target = this.#schemas[name] ?? {}
    if (target.properties === undefined) return this.#notationOf(target)
    this.define(name)
    const atomic = (schema['x-kubernetes-map-type'] ?? target['x-kubernetes-map-type']) === 'atomic'
    return `${atomic ? 'A' : ''}@${shortName(name)}`
  }
}

/** The name of the schema that a schema refers to. */
export function referenced({ $ref, allOf }: OpenApiSchema): string | undefined {
  return ($ref ?? allOf?.find((part) => part.$ref !== undefined)?.$ref)?.replace('#/components/schemas/', '')
}

/** The merge rule of a list: its list type, and without one its patch strategy, as kube-openapi derives it. */
function listNotation(schema: OpenApiSchema): string {
  const type = schema['x-kubernetes-list-type']
  const keys = schema['x-kubernetes-list-map-keys'] as readonly string[] | undefined
  const mergeKey = schema['x-kubernetes-patch-merge-key']
  const merges = String(schema['x-kubernetes-patch-strategy'] ?? '')
    .split(',')
    .includes('merge')
  if (type === 'map') return `k(${keys?.join(',')})`
  if (type === 'set' || (type === undefined && merges && mergeKey === undefined)) return 'u'
  if (type === undefined && merges) return `k(${String(mergeKey)})`
  return 'l'
}

/** Every key of an associative list, as `<type>/<field>`: their defaults count. */
function keyFields(schemas: OpenApiSchemas): ReadonlySet<string> {
  return new Set(
    Object.values(schemas).flatMap(({ properties = {} }) =>
      Object.values(properties).flatMap((property) => {
        const name = referenced(property.items ?? {})
        const keys = (property['x-kubernetes-list-map-keys'] ?? []) as readonly string[]
        return name === undefined ? [] : keys.map((key) => `${name}/${key}`)
      }),
    ),
  )
}

function keyDefault({ default: given }: OpenApiSchema, isKey: boolean): string {
  return isKey && given !== undefined ? `=${JSON.stringify(given)}` : ''
}
