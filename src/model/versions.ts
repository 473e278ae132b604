import { compare, isValid, isValidRange, satisfies } from 'verkit'

/** Whether a version lies in a range. A version or range that is none, or is absent, satisfies nothing. */
export function inRange(version: string | undefined, range: string): boolean {
  return isText(version) && isText(range) && satisfies(version, range)
}

/** Whether going from one version to another is a step down. */
export function isDowngrade(from: string | undefined, to: string | undefined): boolean {
  if (!isText(from) || !isText(to) || !isValid(from) || !isValid(to)) return false
  return compare(to, from) < 0
}

/** Whether a text is a range. */
export function isRange(text: string): boolean {
  return isText(text) && isValidRange(text)
}

/** A version as YAML gives it may be a number. */
function isText(value: unknown): value is string {
  return typeof value === 'string'
}
