const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** What {@link parseDuration} accepts, as a regular expression; it is the one in the schemas. */
export const durationPattern = '^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$'

const whole: RegExp = new RegExp(durationPattern)

/**
 * Milliseconds of a duration as Go and Flux write it: `90s`, `1h30m`, `500ms`, `1.5h`.
 * `undefined` when it is not one. Signs and units below a millisecond are not accepted.
 *
 * @category Objects
 */
export function parseDuration(text: string): number | undefined {
  if (text.length > 64 || !whole.test(text)) return undefined
  let total = 0
  for (const [, amount, unit] of text.matchAll(/([0-9.]+)(ms|s|m|h)/g)) total += Number(amount) * (unitMs[unit as string] as number)
  return Math.round(total)
}

/**
 * A duration for people and for fields: `1h30m`, `2m`, `1.5s`, `0s`. The inverse of {@link parseDuration}.
 *
 * @category Objects
 */
export function formatDuration(ms: number): string {
  if (ms < 1000) return ms === 0 ? '0s' : `${Math.round(ms)}ms`
  const rounded = Math.round(ms)
  const hours = Math.floor(rounded / 3_600_000)
  const minutes = Math.floor((rounded % 3_600_000) / 60_000)
  const seconds = (rounded % 60_000) / 1000
  return `${hours > 0 ? `${hours}h` : ''}${minutes > 0 ? `${minutes}m` : ''}${seconds > 0 ? `${seconds}s` : ''}`
}
