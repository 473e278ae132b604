import { isExactInteger } from '../json/exact-integer.ts'

/**
 * One thing wrong with an object: where it is, what is there, and what would be accepted.
 *
 * @category Errors
 */
export interface Problem {
  /** Path of the field, as `spec.source.git.tag` or `spec.dependsOn[0].name`. */
  readonly path: string
  readonly found: string
  readonly accepted: string
  /** What the API server calls it: `FieldValueRequired`, `FieldValueInvalid`, …; absent when it does not say. */
  readonly cause?: string | undefined
}

/**
 * A problem in one line: `path: found …, accepted …`.
 *
 * @category Errors
 */
export function formatProblem(problem: Problem): string {
  return `${problem.path}: found ${problem.found}, accepted ${problem.accepted}`
}

/** Problems in one line: the first ten of them, and how many more there are. */
export function formatProblems(problems: readonly Problem[]): string {
  return firstOf(problems.map(formatProblem), '; ')
}

/** The first ten of `texts`, and how many more there are. */
export function firstOf(texts: readonly string[], separator: string): string {
  const more = texts.length - 10
  return (more > 0 ? [...texts.slice(0, 10), `and ${more} more`] : texts).join(separator)
}

/** A value for people: `string "main"`, `number 5`, `a list of 3`, `nothing`. */
export function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (typeof value === 'string') return `string ${JSON.stringify(shorten(value.replace(userInfo, '//…@')))}`
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (isExactInteger(value)) return `number ${value.rawJSON}`
  if (typeof value === 'object') return 'an object'
  if (typeof value === 'function') return 'a function'
  return `${typeof value} ${String(value)}`
}

/** The path of a field below `path`, in the form of the API server: `spec.matchLabels[app.kubernetes.io/name]`. */
export function fieldPath(path: string, key: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(key) ? `${path}.${key}` : `${path}[${key}]`
}

// Credentials in a URL must not come out in an error.
const userInfo: RegExp = /\/\/[^@/\s]*@/g

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}
