import type { Json, JsonObject } from '../../model/object.ts'
import { groupOf, type TypeRef, typeKey, versionOf } from '../../model/reference.ts'
import { customType } from './custom-type.ts'
import { type OpenApiSchema, type OpenApiSchemas, shortName, type TypeFacts, writeEntries } from './open-api-notation.ts'
import type { ResourceSchema } from './resource-schema.ts'
import { type NotedField, NotedTypes, notedFields } from './type-notation.ts'
import { builtInEntries, builtInType, builtInTypes } from './type-table.ts'

/** The OpenAPI document (version 3) of one API version, as far as it matters here. Descriptions and operations may be left out. */
interface Document {
  readonly paths?: Readonly<Record<string, unknown>>
  readonly components?: { readonly schemas?: OpenApiSchemas }
}

/** What names a type, in a request and in a path. */
export interface ResourceName extends TypeRef {
  readonly plural: string
  readonly namespaced: boolean
}

const read = new WeakMap<JsonObject, Map<string, ResourceSchema | undefined>>()

/**
 * A type as the document of its API version describes it; `undefined` when it is not in there. What no document says of the Go types of
 * Kubernetes (defaults that depend on others, which fields are written though they are zero, what cannot be changed) comes from the table
 * of the built-in types, by the names of types and fields.
 */
export function typeOfDocument(document: JsonObject, type: ResourceName): ResourceSchema | undefined {
  const known = read.get(document) ?? new Map<string, ResourceSchema | undefined>()
  read.set(document, known)
  const key = typeKey(type)
  if (!known.has(key)) known.set(key, readType(document as Document, type))
  return known.get(key)
}

function readType({ paths = {}, components: { schemas = {} } = {} }: Document, type: ResourceName): ResourceSchema | undefined {
  const group = groupOf(type.apiVersion)
  const version = versionOf(type.apiVersion)
  const found = Object.entries(schemas).find(([, schema]) => namesType(schema, { group, version, kind: type.kind }))
  if (found === undefined) return undefined
  const [name, schema] = found
  const status = Object.keys(paths).some((path) => path.endsWith(`/${type.plural}/{name}/status`))
  // A definition names its schema by its group (apiextensions-apiserver, `ToRESTFriendlyName`), Go types by their packages.
  const custom = [...group.split('.').reverse(), version, type.kind].join('.')
  if (name === custom) return customType({ ...type, status }, schema as Json)
  const { generation = false, counted, immutable = [], specOwned = true } = builtInTypes().get(typeKey(type)) ?? {}
  const entries = writeEntries(schemas, [name], factsOf)
  const kind = { ...type, status, generation, counted, immutable, specOwned }
  return builtInType(kind, new NotedTypes(entries).named(shortName(name)))
}

function namesType(schema: OpenApiSchema, { group, version, kind }: Readonly<Record<'group' | 'version' | 'kind', string>>): boolean {
  const types = schema['x-kubernetes-group-version-kind']
  if (!Array.isArray(types) || schema.properties?.metadata === undefined) return false
  return types.some((type) => type?.group === group && type?.version === version && type?.kind === kind)
}

/** What is known of a Go type: as the table has it, and of what is not in there as the conventions of the Kubernetes API have it. */
function factsOf(name: string, { properties = {}, required = [] }: OpenApiSchema): TypeFacts {
  const short = shortName(name)
  const entry = name.startsWith('io.k8s.') && Object.hasOwn(builtInEntries(), short) ? builtInEntries()[short] : undefined
  const known = new Map((entry === undefined ? [] : notedFields(entry)).map((field) => [field.name, field]))
  const news = Object.entries(properties).filter(([field]) => !known.has(field))
  const given = news.filter(([, property]) => property.default !== undefined && !isZero(property.default))
  return {
    field: (field) => {
      const property = properties[field] ?? {}
      const noted = known.get(field)
      if (noted !== undefined) return factsOfNoted(noted)
      return { demanded: required.includes(field) && !isScalarOfGo(property), enforced: false, marks: marksOf(property) }
    },
    usual: {
      ...Object.fromEntries(Object.entries(entry?.['='] ?? {}).filter(([field]) => Object.hasOwn(properties, field))),
      ...Object.fromEntries(given.map(([field, property]) => [field, property.default as Json])),
    },
    conditional: entry?.['?'] ?? [],
  }
}

function factsOfNoted({ marks, notation }: NotedField): ReturnType<TypeFacts['field']> {
  return { demanded: marks.includes('!'), enforced: /^(n|s\()/.test(notation), marks: marks.replace('!', '') }
}

/** A field whose default is zero is always written: it is no pointer. Of the others numbers, truth values and structures are pointers. */
function marksOf(property: OpenApiSchema): string {
  if (property.default !== undefined && isZero(property.default)) return '+'
  const structure = property.allOf !== undefined || property.$ref !== undefined
  return structure || isScalarOfGo(property) ? '*' : ''
}

function isScalarOfGo({ type }: OpenApiSchema): boolean {
  return type === 'integer' || type === 'number' || type === 'boolean'
}

function isZero(value: Json): boolean {
  return value === '' || value === 0 || value === false || (typeof value === 'object' && Object.keys(value ?? {}).length === 0)
}
