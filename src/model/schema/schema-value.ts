import type { Json, JsonObject } from '../object.ts'
import type { Schema } from './schema.ts'

/** What a schema accepts, as a TypeScript type, once the defaults are filled in. `unknown` for a schema that is not known exactly. */
export type SchemaValue<S extends Schema> = Schema extends S
  ? unknown
  : S extends { readonly refused: string }
    ? never
    : S extends { readonly enum: readonly (infer Value)[] }
      ? Value
      : S['type'] extends 'string'
        ? string
        : S['type'] extends 'integer' | 'number'
          ? number
          : S['type'] extends 'boolean'
            ? boolean
            : S['type'] extends 'int-or-string'
              ? number | string
              : S['type'] extends 'array'
                ? readonly (S extends { readonly items: infer Items extends Schema } ? SchemaValue<Items> : Json)[]
                : ObjectValue<S>

/** What an object schema accepts: its fields, or a map with free keys. */
type ObjectValue<S extends Schema> = S extends { readonly properties: infer Fields extends Readonly<Record<string, Schema>> }
  ? FieldValues<Fields, GivenFields<S, Fields>>
  : S extends { readonly additionalProperties: infer Values extends Schema }
    ? Readonly<Record<string, SchemaValue<Values>>>
    : JsonObject

/** The fields that are always there: those that are required, and those with a default. */
type GivenFields<S extends Schema, Fields extends Readonly<Record<string, Schema>>> = {
  [Field in keyof Fields]: Fields[Field] extends { readonly default: Json }
    ? Field
    : S extends { readonly required: readonly (infer Name)[] }
      ? Extract<Field, Name>
      : never
}[keyof Fields]

type FieldValues<Fields extends Readonly<Record<string, Schema>>, Given extends keyof Fields> = Flat<
  { readonly [Field in Given]: SchemaValue<Fields[Field]> } & {
    readonly [Field in Exclude<keyof Fields, Given>]?: SchemaValue<Fields[Field]> | undefined
  }
>

/** An intersection as one object type, as people like to read it. */
type Flat<T> = { [Key in keyof T]: T[Key] }
