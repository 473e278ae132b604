import type { FieldSchema } from '../../../manifest/fields/schema.ts'
import type { Problem } from '../../../model/errors/problem.ts'
import type { JsonObject, KubeObject } from '../../../model/object.ts'
import type { TypeRef } from '../../../model/reference.ts'
import type { TypeTraits } from '../../store/rules.ts'

/** A type as the memory cluster serves it. */
export interface ResourceSchema extends TypeRef, TypeTraits {
  readonly plural: string
  readonly namespaced: boolean
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
}
