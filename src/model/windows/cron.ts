/** A cron expression, read. */
export interface Cron {
  /** Minutes of the day at which it matches, ascending. */
  readonly minutes: readonly number[]
  /** Whether it matches on a day, given as the number of days since 1970-01-01. */
  readonly onDay: (day: number) => boolean
}

interface Field {
  readonly name: string
  readonly min: number
  readonly max: number
  /** Names of the values from `min` on. */
  readonly names?: readonly string[]
}

const minute: Field = { name: 'minute', min: 0, max: 59 }
const hour: Field = { name: 'hour', min: 0, max: 23 }
const dayOfMonth: Field = { name: 'day of the month', min: 1, max: 31 }
const month: Field = { name: 'month', min: 1, max: 12, names: 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ') }
const dayOfWeek: Field = { name: 'day of the week', min: 0, max: 7, names: 'sun mon tue wed thu fri sat'.split(' ') }
const fields: readonly Field[] = [minute, hour, dayOfMonth, month, dayOfWeek]

const macros: ReadonlyMap<string, string> = new Map([
  ['@hourly', '0 * * * *'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@weekly', '0 0 * * 0'],
  ['@monthly', '0 0 1 * *'],
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
])

const longestMonths: readonly number[] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
const dayMs = 86_400_000

/**
 * Reads a cron expression of five fields, as robfig/cron, and with it Kubernetes and Argo CD do: `*`, values, names, ranges, lists,
 * steps (`5/15` goes on to the end) and `@daily` and its like. 7 is a Sunday too. What is not one gives the words for what would be.
 */
export function parseCron(text: string): Cron | { readonly accepted: string } {
  const parts = (macros.get(text.trim().toLowerCase()) ?? text.trim()).split(/\s+/)
  if (parts.length !== fields.length) {
    return { accepted: 'five fields of cron: minute, hour, day of the month, month, day of the week; or @daily and its like' }
  }
  const sets: ReadonlySet<number>[] = []
  for (const [index, field] of fields.entries()) {
    const set = parseField(parts[index] as string, field)
    if (set === undefined) return { accepted: acceptedBy(field) }
    sets.push(set)
  }
  const [minutes, hours, days, months, weekdays] = sets as [Set<number>, Set<number>, Set<number>, Set<number>, Set<number>]
  if (weekdays.has(7)) weekdays.add(0)
  const anyDay = isStar(parts[2] as string)
  const anyWeekday = isStar(parts[4] as string)
  const possible = [...months].some((number) => [...days].some((day) => day <= (longestMonths[number - 1] as number)))
  if (anyWeekday && !possible) return { accepted: 'a day that there is: the months have no such day' }
  return {
    minutes: [...hours].flatMap((of) => [...minutes].map((at) => of * 60 + at)).sort((a, b) => a - b),
    onDay: (number) => {
      const date = new Date(number * dayMs)
      if (!months.has(date.getUTCMonth() + 1)) return false
      const day = days.has(date.getUTCDate())
      const weekday = weekdays.has(date.getUTCDay())
      return anyDay || anyWeekday ? day && weekday : day || weekday
    },
  }
}

function isStar(text: string): boolean {
  return text === '*' || text === '*/1'
}

function parseField(text: string, field: Field): Set<number> | undefined {
  const result = new Set<number>()
  for (const item of text.split(',')) {
    const parsed = /^(?:(\*)|([0-9a-z]{1,3})(?:-([0-9a-z]{1,3}))?)(?:\/([1-9][0-9]{0,2}))?$/i.exec(item)
    if (parsed === null) return undefined
    const [, star, low, high, step] = parsed
    const from = star === undefined ? numberOf(low as string, field) : field.min
    const last = star !== undefined || (high === undefined && step !== undefined) ? field.max : numberOf(high ?? (low as string), field)
    if (from === undefined || last === undefined || from > last) return undefined
    for (let value = from; value <= last; value += Number(step ?? 1)) result.add(value)
  }
  return result
}

function numberOf(text: string, { min, max, names = [] }: Field): number | undefined {
  const named = names.indexOf(text.toLowerCase())
  if (named >= 0) return min + named
  const value = /^[0-9]{1,2}$/.test(text) ? Number(text) : Number.NaN
  return value >= min && value <= max ? value : undefined
}

function acceptedBy({ name, min, max, names }: Field): string {
  const words = names === undefined ? '' : `, names such as ${names[1]}`
  return `for the ${name} (field ${fields.findIndex((field) => field.name === name) + 1}) *, numbers from ${min} to ${max}${words}, ranges that run upwards, lists, and steps of at least 1`
}
