import { parseDuration } from '../../model/duration.ts'
import { describeValue, fieldPath, type Problem } from '../../model/errors/problem.ts'

/** Fields that there are not: mostly misspelt ones. */
export function unknownProblems(path: string, value: object, known: object): readonly Problem[] {
  const accepted = `one of ${Object.keys(known).join(', ')}`
  return Object.keys(value).flatMap((key) =>
    Object.hasOwn(known, key) ? [] : [{ path: path === '' ? key : fieldPath(path, key), found: 'a field that there is not', accepted }],
  )
}

/** What is no span of time. */
export function spanProblems(path: string, span: unknown): readonly Problem[] {
  const ms = typeof span === 'number' ? span : typeof span === 'string' ? parseDuration(span) : undefined
  if (ms !== undefined && Number.isFinite(ms) && ms >= 0) return []
  return [{ path, found: describeValue(span), accepted: 'milliseconds, or a duration such as 5m' }]
}

/** What is no whole number within bounds. */
export function wholeProblems(path: string, value: unknown, least: number, most: number = Number.MAX_SAFE_INTEGER): readonly Problem[] {
  if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most) return []
  const range = least === Number.MIN_SAFE_INTEGER ? '' : most === Number.MAX_SAFE_INTEGER ? ` from ${least}` : ` from ${least} to ${most}`
  return [{ path, found: describeValue(value), accepted: `a whole number${range}` }]
}
