import type { TypeRef } from '../reference.ts'
import type { Schema } from '../schema/schema.ts'

/** A column of `kubectl get`. */
export interface PrinterColumn {
  readonly name: string
  readonly type: 'string' | 'date' | 'boolean' | 'integer'
  readonly jsonPath: string
  readonly description?: string
  /** Shown only by `-o wide` when greater than 0. */
  readonly priority?: number
}

/** All there is to know of a kind of this library, as data. */
export interface KindDefinition extends TypeRef {
  readonly plural: string
  readonly singular: string
  readonly shortNames: readonly string[]
  readonly description: string
  readonly spec: Schema
  readonly status: Schema
  readonly columns: readonly PrinterColumn[]
}
