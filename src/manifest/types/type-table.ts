import type { JsonObject } from '../../model/object.ts'
import { type TypeRef, typeKey } from '../../model/reference.ts'
import type { FieldSchema } from '../fields/schema.ts'
import { builtInForm, emptyForm } from './built-in-form.ts'
import { kubernetesTypes } from './kubernetes-types.generated.ts'
import type { ResourceSchema } from './resource-schema.ts'
import { NotedTypes, type TypeEntries } from './type-notation.ts'

/**
 * The table as it is written. The flags of a kind: `n` namespaced, `s` with a status subresource, `g` it has a generation from the start,
 * which counts the content (`c`), annotations (`a`) and labels (`l`), `u` no one owns its spec. The last element names the fields that cannot be
 * changed.
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
  readonly types: TypeEntries
}

const counted = [
  ['c', 'content'],
  ['a', 'annotations'],
  ['l', 'labels'],
] as const

let loaded: { readonly types: ReadonlyMap<string, ResourceSchema>; readonly entries: TypeEntries } | undefined

/** The types that a fresh API server serves, by {@link typeKey}. Read at the first use, and shared. */
export function builtInTypes(): ReadonlyMap<string, ResourceSchema> {
  return table().types
}

/** The Go types that those are made of. */
export function builtInEntries(): TypeEntries {
  return table().entries
}

/** The schema of the metadata of every object. */
export function metadataSchema(): FieldSchema {
  return builtInTypes().get('v1|ConfigMap')?.schema.fields?.metadata as FieldSchema
}

function table(): NonNullable<typeof loaded> {
  loaded ??= load(JSON.parse(kubernetesTypes) as Table)
  return loaded
}

/** What tells one type of the API server's own from another, besides its fields. */
export type BuiltInKind = TypeRef &
  Pick<ResourceSchema, 'plural' | 'namespaced' | 'status' | 'generation' | 'counted' | 'immutable' | 'specOwned'>

/** A type that the API server itself has, as Go writes its objects. */
export function builtInType(kind: BuiltInKind, schema: FieldSchema): ResourceSchema {
  const form = (object: JsonObject): JsonObject => builtInForm(object, schema) as JsonObject
  return {
    ...kind,
    builtIn: true,
    schema,
    empty: () => emptyForm(schema),
    decoded: form,
    asGiven: (object) => builtInForm(object, schema, { written: 'asGiven' }) as JsonObject,
    defaulted: form,
  }
}

function load({ kinds, types: entries }: Table): NonNullable<typeof loaded> {
  const noted = new NotedTypes(entries)
  const types = kinds.map(([apiVersion, kind, plural, flags, type, immutable]) => {
    const served: BuiltInKind = {
      apiVersion,
      kind,
      plural,
      namespaced: flags.includes('n'),
      status: flags.includes('s'),
      generation: flags.includes('g'),
      counted: counted.filter(([flag]) => flags.includes(flag)).map(([, what]) => what),
      immutable,
      specOwned: !flags.includes('u'),
    }
    return [typeKey(served), builtInType(served, noted.named(type))] as const
  })
  return { types: new Map(types), entries }
}
