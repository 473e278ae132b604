import { formatProblem, type Problem } from '../../../model/errors/problem.ts'
import { isExactInteger } from '../../../model/json/exact-integer.ts'
import { isMap } from '../../../model/json/value.ts'
import type { Json, JsonObject } from '../../../model/object.ts'

/** What is wrong with a document. Names the field and what kind of value it has; the value itself may be a secret. */
export class MalformedError extends Error {
  readonly problems: readonly Problem[]

  constructor(message: string, problems: readonly Problem[] = []) {
    super(message)
    this.problems = problems
  }
}

/** The error for one field. */
export function malformed(path: string, value: unknown, accepted: string): MalformedError {
  const problem = { path: path === '' ? 'the whole' : path, found: formOf(value), accepted }
  return new MalformedError(formatProblem(problem), [problem])
}

function formOf(value: unknown): string {
  if (value === undefined || value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (value === '') return 'an empty text'
  if (isExactInteger(value)) return 'a number'
  return typeof value === 'object' ? 'a mapping' : typeof value === 'string' ? 'a text' : `a ${typeof value}`
}

/** The fields of a mapping that comes from outside, read with their types. A field that is null or an empty text is absent. */
export class Fields {
  /** Where the mapping is: `users[0].user`, or nothing for the whole. */
  readonly path: string
  readonly #values: JsonObject

  constructor(value: unknown, path = '') {
    if (!isMap(value)) throw malformed(path, value, 'a mapping')
    this.path = path
    this.#values = value
  }

  text(name: string): string | undefined {
    const value = this.#value(name)
    if (value === undefined || value === '') return undefined
    if (typeof value !== 'string') throw malformed(this.#pathOf(name), value, 'a text, in quotes')
    return value
  }

  requiredText(name: string): string {
    return this.text(name) ?? this.#missing(name, 'a text')
  }

  flag(name: string): boolean {
    const value = this.#value(name) ?? false
    if (typeof value !== 'boolean') throw malformed(this.#pathOf(name), value, 'true or false')
    return value
  }

  texts(name: string): readonly string[] {
    return this.#items(name).map((item, index) => {
      if (typeof item !== 'string') throw malformed(`${this.#pathOf(name)}[${index}]`, item, 'a text, in quotes')
      return item
    })
  }

  mapping(name: string): Fields | undefined {
    const value = this.#value(name)
    return value === undefined ? undefined : new Fields(value, this.#pathOf(name))
  }

  requiredMapping(name: string): Fields {
    return this.mapping(name) ?? this.#missing(name, 'a mapping')
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

  #pathOf(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`
  }

  #items(name: string): readonly Json[] {
    const value = this.#value(name) ?? []
    if (!Array.isArray(value)) throw malformed(this.#pathOf(name), value, 'a list')
    return value
  }

  #value(name: string): Json | undefined {
    return (Object.hasOwn(this.#values, name) ? this.#values[name] : undefined) ?? undefined
  }

  #missing(name: string, accepted: string): never {
    throw malformed(this.#pathOf(name), undefined, accepted)
  }
}
