/** Milliseconds by which the clocks of a time zone are ahead of UTC at an instant. */
export type ZoneOffset = (at: number) => number

/**
 * The offsets of a time zone by its IANA name, `undefined` when there is none of that name. They come from the time zone data of the
 * running JavaScript engine.
 */
export function zoneOffset(timeZone: string): ZoneOffset | undefined {
  // Engines differ in whether they take offsets such as +01:00 for time zones.
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(timeZone)) return undefined
  let format: Intl.DateTimeFormat
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })
  } catch {
    return undefined
  }
  return (at) => {
    const [, sign, hours, minutes, seconds] = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(format.format(at)) ?? []
    const offset = (Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0)) * 1000
    return sign === '-' ? -offset : offset
  }
}
