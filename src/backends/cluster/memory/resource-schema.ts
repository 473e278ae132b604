import type { FieldSchema } from '../../../manifest/fields/schema.ts'
import type { Problem } from '../../../model/errors/problem.ts'
import type { KubeObject } from '../../../model/object.ts'
import type { TypeRef } from '../../../model/reference.ts'

/** A type as the memory cluster serves it. */
export interface ResourceSchema extends TypeRef {
  readonly plural: string
  readonly namespaced: boolean
  /** Whether its status is a subresource. */
  readonly status: boolean
  readonly builtIn: boolean
  readonly schema: FieldSchema
  /** What the schema demands of values beyond their types. */
  readonly validate?: ((object: KubeObject) => readonly Problem[]) | undefined
}
