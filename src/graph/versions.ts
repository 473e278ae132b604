// One by one: a bundle for a browser holds these, and not all of semver.
import compare from 'semver/functions/compare.js'
import satisfies from 'semver/functions/satisfies.js'
import valid from 'semver/functions/valid.js'
import validRange from 'semver/ranges/valid.js'

/** Whether a version lies in a range. A version or range that is none, or is absent, satisfies nothing. */
export function inRange(version: string | undefined, range: string): boolean {
  return version !== undefined && satisfies(version, range)
}

/** Whether going from one version to another is a step down. */
export function isDowngrade(from: string | undefined, to: string | undefined): boolean {
  if (from === undefined || to === undefined || valid(from) === null || valid(to) === null) return false
  return compare(to, from) < 0
}

/** Whether a text is a range. */
export function isRange(text: string): boolean {
  return validRange(text) !== null
}
