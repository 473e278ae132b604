import { FleetkitError } from '../../model/errors/error.ts'
import type { FieldConflict } from '../../model/errors/field-conflict.ts'
import { scalarText } from '../../model/json/exact-integer.ts'
import { isMap } from '../../model/json/value.ts'
import type { Json } from '../../model/object.ts'

const hidden = '<redacted>'
/** A value is recognised by so many characters: what quotes it may shorten it. */
const recognised = 12
/** A shorter value is hidden only where it stands as a word: `1` is in many numbers. */
const wordLength = 4

/** Hides values of Secrets in what is shown. */
export class Redactor {
  readonly #secrets: readonly string[]

  constructor(secrets: Iterable<string>) {
    const forms = Array.from(secrets, (secret) => [secret, JSON.stringify(secret).slice(1, -1)]).flat()
    this.#secrets = [...new Set(forms)].filter((secret) => secret.trim() !== '').sort((a, b) => b.length - a.length)
  }

  /** Whether there is nothing to hide. */
  get isEmpty(): boolean {
    return this.#secrets.length === 0
  }

  text(text: string): string {
    return this.#secrets.reduce(hide, text)
  }

  /** A value in which every text with a secret in it is hidden. */
  json(value: Json): Json {
    if (Array.isArray(value)) return value.map((item) => this.json(item))
    if (isMap(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [this.text(key), this.json(item)]))
    const text = scalarText(value)
    return value === null || this.text(text) === text ? value : hidden
  }

  /** Conflicts whose fields are named without secrets: the key of a list can be one. */
  conflicts(conflicts: readonly FieldConflict[]): readonly FieldConflict[] {
    return conflicts.map((conflict) => ({ ...conflict, fields: conflict.fields.map((field) => this.text(field)) }))
  }

  /** An error that says the same without secrets. */
  error(error: FleetkitError): FleetkitError {
    const { code, retryable, retryAfterMs, reason, ref, message } = error
    const subject = new FleetkitError(code, '', { ref }).message
    return new FleetkitError(code, this.text(message.startsWith(subject) ? message.slice(subject.length) : message), {
      ref,
      retryable,
      retryAfterMs,
      reason,
      problems: error.problems.map((problem) => ({
        ...problem,
        path: this.text(problem.path),
        found: this.text(problem.found),
        accepted: this.text(problem.accepted),
      })),
      conflicts: this.conflicts(error.conflicts),
      errors: error.errors?.map((each) => this.error(each)),
    })
  }
}

function hide(text: string, secret: string): string {
  const start = secret.slice(0, recognised)
  const found: string[] = []
  let end = 0
  for (let at = text.indexOf(start); at >= 0; at = text.indexOf(start, Math.max(end, at + 1))) {
    let length = start.length
    while (length < secret.length && text[at + length] === secret[length]) length++
    if (secret.length < wordLength && (isWord(text[at - 1]) || isWord(text[at + length]))) continue
    found.push(text.slice(end, at), hidden)
    end = at + length
  }
  return found.length === 0 ? text : found.join('') + text.slice(end)
}

function isWord(char: string | undefined): boolean {
  return char !== undefined && /[\p{L}\p{N}_]/u.test(char)
}
