import type { Schema } from './schema.ts'

/** What types and their fields mean: type name -> field -> sentence. `''` is the type itself, `field[]` the items of a list. */
export type Descriptions = Readonly<Record<string, Readonly<Record<string, string>>>>

/**
 * A schema with the descriptions of its types and fields. They are kept apart from a schema that browsers validate with, since
 * they are half of it. What a type extends describes the fields that it has from there.
 */
export function describe(schema: Schema, descriptions: Descriptions): Schema {
  return new Described(descriptions).of(schema)
}

class Described {
  readonly #descriptions: Descriptions
  /** One result for the same field with the same words: a type extends another by having the very same fields. */
  readonly #made: Map<Schema, Map<string, Schema>> = new Map()

  constructor(descriptions: Descriptions) {
    this.#descriptions = descriptions
  }

  of(schema: Schema, about?: string, aboutItems?: string): Schema {
    const made = this.#made.get(schema) ?? new Map<string, Schema>()
    this.#made.set(schema, made)
    const key = JSON.stringify([about, aboutItems])
    const known = made.get(key)
    if (known !== undefined) return known
    const described = this.#describe(schema, about, aboutItems)
    made.set(key, described)
    return described
  }

  #describe(schema: Schema, about: string | undefined, aboutItems: string | undefined): Schema {
    const { type, enum: values, ...rest } = schema
    const description = about ?? this.#textOf(schema, '') ?? schema.description
    const fields = Object.entries(schema.properties ?? {}).map(
      ([field, part]) => [field, this.of(part, this.#textOf(schema, field), this.#textOf(schema, `${field}[]`))] as const,
    )
    return {
      type,
      ...(values === undefined ? {} : { enum: values }),
      ...(description === undefined ? {} : { description }),
      ...rest,
      ...(description === undefined ? {} : { description }),
      ...(schema.properties === undefined ? {} : { properties: Object.fromEntries(fields) }),
      ...(schema.items === undefined ? {} : { items: this.of(schema.items, aboutItems) }),
      ...(schema.extends === undefined ? {} : { extends: schema.extends.map((parent) => this.of(parent)) }),
    }
  }

  #textOf({ typeName, extends: parents = [] }: Schema, field: string): string | undefined {
    const own = typeName === undefined ? undefined : this.#descriptions[typeName]?.[field]
    if (own !== undefined || field === '') return own
    return parents.map((parent) => this.#textOf(parent, field)).find((text) => text !== undefined)
  }
}
