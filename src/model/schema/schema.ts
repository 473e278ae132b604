import type { Json } from '../object.ts'

/**
 * A schema as data: the structural subset of OpenAPI v3 that a CustomResourceDefinition takes, and keywords of our own. What
 * these demand is a CEL rule there. From one such value come the validation, the TypeScript types, the JSON Schema and the
 * CustomResourceDefinition of a kind.
 */
export interface Schema {
  readonly type: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean' | 'int-or-string'
  readonly description?: string
  readonly default?: Json
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  /** The schema of the values of a map with free keys. */
  readonly additionalProperties?: Schema
  readonly items?: Schema
  readonly minItems?: number
  readonly maxItems?: number
  readonly enum?: readonly string[]
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly format?: 'date-time' | 'int64'
  /** Fields that `properties` does not name are kept as they are. They can hold any JSON. */
  readonly 'x-kubernetes-preserve-unknown-fields'?: true
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map'
  readonly 'x-kubernetes-list-map-keys'?: readonly string[]

  /** What an update may do, as rules in CEL over `self` and `oldSelf`: only a store that knows the value before can hold to them. */
  readonly transitionRules?: readonly { readonly rule: string; readonly message: string }[]
  /** The shortest duration that is accepted, for a string that is one. */
  readonly minimumDuration?: string
  /** What is accepted, in words, where a pattern would tell people little. */
  readonly accepts?: string
  /** This field is never accepted; the words say why, and what to use instead. */
  readonly refused?: string
  /** Exactly one of these fields is given. */
  readonly exactlyOneOf?: readonly string[]
  /** Object schemas whose fields this one has too, written out in `properties`: its TypeScript type extends theirs. */
  readonly extends?: readonly Schema[]
  /** The name of the TypeScript type that is made of this object schema. One without fields of its own needs none. */
  readonly typeName?: string
}
