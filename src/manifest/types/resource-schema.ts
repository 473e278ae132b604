import type { Problem } from '../../model/errors/problem.ts'
import type { Json, JsonObject, KubeObject } from '../../model/object.ts'
import type { TypeRef } from '../../model/reference.ts'
import type { FieldSchema } from '../fields/schema.ts'

/** A type as an API server serves it: its fields, and what becomes of an object of it that is written. */
export interface ResourceSchema extends TypeRef {
  readonly plural: string
  readonly namespaced: boolean
  /** Whether `status` is a subresource. */
  readonly status: boolean
  /** Whether `metadata.generation` is counted from the start, and of what the changes count; those of the content when absent. */
  readonly generation: boolean
  readonly counted?: readonly ('content' | 'annotations' | 'labels')[] | undefined
  readonly builtIn: boolean
  /** Whether those who write the spec own it. */
  readonly specOwned: boolean
  /** The paths of fields that cannot be changed. */
  readonly immutable: readonly string[]
  readonly schema: FieldSchema
  /** An object of the type that says nothing. */
  empty(): JsonObject
  /** An object as it is read from a request and from the database. */
  decoded(object: JsonObject): JsonObject
  /** The same for a comparison: values that are compared as a whole are as they are written in the request. */
  asGiven(object: JsonObject): JsonObject
  /** The result of an apply in the form of the type, with its defaults. */
  defaulted(object: JsonObject): JsonObject
  /** What the schema demands of values beyond their types. */
  readonly validate?: ((object: KubeObject) => readonly Problem[]) | undefined
  /** Of a custom type, its structural schema. */
  readonly structural?: Json | undefined
}
