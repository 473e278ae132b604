import type { Json, JsonObject } from '../../../../model/object.ts'

/** What is wrong with a kubeconfig. Names the field, and never shows its value, which may be a secret. */
export class MalformedError extends Error {}

/** The fields of a mapping, read with their types. As for kubectl, a field that is null or an empty text is absent. */
export class Fields {
  /** Where the mapping is: `users[0].user`, or nothing for the whole. */
  readonly path: string
  readonly #values: JsonObject

  constructor(value: Json, path = '') {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new MalformedError(path === '' ? 'it is no mapping' : `${path} is no mapping`)
    this.path = path
    this.#values = value as JsonObject
  }

  text(name: string): string | undefined {
    const value = this.#value(name)
    if (value === undefined || value === '') return undefined
    if (typeof value !== 'string') throw new MalformedError(`${this.#pathOf(name)} is no text: put it in quotes`)
    return value
  }

  requiredText(name: string): string {
    return this.text(name) ?? this.#missing(name)
  }

  flag(name: string): boolean {
    const value = this.#value(name) ?? false
    if (typeof value !== 'boolean') throw new MalformedError(`${this.#pathOf(name)} is neither true nor false`)
    return value
  }

  texts(name: string): readonly string[] {
    return this.#items(name).map((item, index) => {
      if (typeof item !== 'string') throw new MalformedError(`${this.#pathOf(name)}[${index}] is no text: put it in quotes`)
      return item
    })
  }

  mapping(name: string): Fields | undefined {
    const value = this.#value(name)
    return value === undefined ? undefined : new Fields(value, this.#pathOf(name))
  }

  requiredMapping(name: string): Fields {
    return this.mapping(name) ?? this.#missing(name)
  }

  mappings(name: string): readonly Fields[] {
    return this.#items(name).map((item, index) => new Fields(item, `${this.#pathOf(name)}[${index}]`))
  }

  /** The names of the fields. */
  names(): readonly string[] {
    return Object.keys(this.#values)
  }

  /** Everything, as it is. */
  json(): JsonObject {
    return this.#values
  }

  #items(name: string): readonly Json[] {
    const value = this.#value(name) ?? []
    if (!Array.isArray(value)) throw new MalformedError(`${this.#pathOf(name)} is no list`)
    return value
  }

  #value(name: string): Json | undefined {
    return (Object.hasOwn(this.#values, name) ? this.#values[name] : undefined) ?? undefined
  }

  #pathOf(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`
  }

  #missing(name: string): never {
    throw new MalformedError(`${this.#pathOf(name)} is missing`)
  }
}
