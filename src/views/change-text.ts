import type { FieldChange } from '../manifest/fields/field-change.ts'
import type { Json } from '../model/object.ts'
import { printable } from '../model/printable.ts'
import { changedLines } from './line-diff.ts'
import { type Color, colors, type Paint } from './paint.ts'
import { wrap } from './wrap.ts'

/** How changes are written. */
export interface ChangeStyle {
  readonly width: number
  /** Whole values, and of those with several lines all that change. Otherwise long values are cut. */
  readonly lines: boolean
  readonly paint: Paint
}

/** Of a cut value at least this much is shown. */
const minRoom = 12

/** One change of a field, in lines. */
export function formatChange(change: FieldChange, style: ChangeStyle): readonly string[] {
  const { from, to } = change
  if (style.lines && [from, to].some((value) => value !== undefined && linesOf(value).includes('\n'))) return everyLine(change, style)
  const { sign, color } = signOf(change)
  const path = printable(change.path)
  const before = style.paint(color, `${sign} `)
  const values = [from, to].filter((value) => value !== undefined).map((value) => printable(JSON.stringify(value)))
  // A path that leaves no room for the values has lines of its own.
  const separate = path.length > style.width - 4 - 2 * minRoom - 3
  const indent = separate ? 4 : path.length + 4
  const room = style.width - indent
  if (style.lines) return paintFirst(wrap(`${sign} ${path}: ${values.join(' → ')}`, style.width, 4), sign, color, style.paint)
  const shown = cutValues(values, room)
  const text = shown
    .map((value, index) => style.paint(shown.length === 1 ? color : index === 0 ? colors.red : colors.green, value))
    .join(' → ')
  if (!separate) return [`${before}${path}: ${text}`]
  return [...paintFirst(wrap(`${sign} ${path}:`, style.width, 4), sign, color, style.paint), `    ${text}`]
}

function signOf({ from, to }: FieldChange): { readonly sign: string; readonly color: Color } {
  if (from === undefined) return { sign: '+', color: colors.green }
  return to === undefined ? { sign: '-', color: colors.red } : { sign: '~', color: colors.yellow }
}

/** The path, and below it every line that goes or comes. */
function everyLine(change: FieldChange, { width, paint }: ChangeStyle): readonly string[] {
  const { sign, color } = signOf(change)
  const { from, to } = change
  const lines =
    from === undefined || to === undefined
      ? linesOf((from ?? to) as Json)
          .split('\n')
          .map((text) => ({ sign: from === undefined ? '+' : '-', text }))
      : changedLines(linesOf(from), linesOf(to))
  return [
    ...paintFirst(wrap(`${sign} ${printable(change.path)}:`, width, 4), sign, color, paint),
    ...lines.flatMap((line) =>
      wrap(`    ${line.sign} ${printable(line.text)}`, width, 6).map((text) => paint(line.sign === '+' ? colors.green : colors.red, text)),
    ),
  ]
}

/** A text as it is, and any other value as JSON with a line for each field. */
function linesOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2)
}

function paintFirst(lines: readonly string[], sign: string, color: Color, paint: Paint): readonly string[] {
  return lines.map((line, index) => (index === 0 ? paint(color, sign) + line.slice(sign.length) : line))
}

/** One value, or two that come with ` → ` between them, in at most `room` characters. What one does not need, the other gets. */
function cutValues(values: readonly string[], room: number): readonly string[] {
  const [from = '', to] = values
  if (to === undefined) return [cut(from, 0, Math.max(minRoom, room))]
  const differs = firstDifference(from, to)
  const each = Math.max(minRoom, Math.floor((room - 3) / 2))
  const roomBeside = (other: string): number => Math.max(each, 2 * each - other.length)
  return [cut(from, differs, roomBeside(to)), cut(to, differs, roomBeside(from))]
}

/** At most `room` characters of a value, with a little of what comes before position `from`, where it becomes interesting. Quotes stay. */
function cut(text: string, from: number, room: number): string {
  if (text.length <= room) return text
  const quote = text.startsWith('"') ? '"' : ''
  const inner = quote === '' ? text : text.slice(1, -1)
  const size = room - 2 * quote.length
  const start = Math.max(0, Math.min(from - quote.length - Math.floor(size / 3), inner.length - size + 1))
  const tail = start > 0 ? `…${inner.slice(start)}` : inner
  const shown = tail.length > size ? `${tail.slice(0, size - 1)}…` : tail
  return `${quote}${shown.toWellFormed()}${quote}`
}

function firstDifference(a: string, b: string): number {
  let index = 0
  while (index < a.length && a[index] === b[index]) index++
  return index
}
