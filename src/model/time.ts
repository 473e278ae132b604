const rfc3339: RegExp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/

/** What {@link parseTime} accepts, in words. */
export const timeAccepted = 'a time with its offset, such as 2026-12-20T00:00:00Z or 2026-12-20T00:00:00+01:00'

/**
 * Milliseconds since 1970 of a time in RFC 3339, `undefined` when it is none.
 *
 * @category Objects
 */
export function parseTime(text: string): number | undefined {
  const time = rfc3339.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(time)) return undefined
  // Date.parse takes 30 February for 2 March.
  const day = new Date(`${text.slice(0, 10)}T00:00:00Z`)
  return day.getUTCDate() === Number(text.slice(8, 10)) ? time : undefined
}
