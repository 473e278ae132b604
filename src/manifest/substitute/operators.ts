import { matchingPrefix } from './glob.ts'

/** Why an operator gives nothing: the result would be too long, or no text. */
export class OperatorError extends Error {}

/** How many characters one expression can give. A Kubernetes object has fewer. */
const maxCharacters = 4_000_000
/** How many characters can be compared to match one pattern. */
const maxComparisons = 50_000_000

/**
 * What an operator makes of a value, by the functions of Flux's envsubst: lengths and offsets count bytes, `:+`, `:?`, `-` and the
 * like all give the arguments for an empty value, and an unknown operator does so too.
 *
 * @throws OperatorError
 */
export function applyOperator(operator: string, value: string, args: readonly string[]): string {
  const [first = '', second = ''] = args
  switch (operator) {
    case '^^':
      return mapCharacters(value, upper)
    case ',,':
      return mapCharacters(value, lower)
    case '^':
      return mapFirst(value, upper)
    case ',':
      return mapFirst(value, lower)
    case ':':
      return substring(value, first, args[1])
    case '/':
      return replaceFirst(value, first, second)
    case '//':
      return replaceAll(value, first, second)
    case '/#':
      return args.length === 2 && value.startsWith(first) ? second + value.slice(first.length) : value
    case '/%':
      return args.length === 2 && value.endsWith(first) ? value.slice(0, value.length - first.length) + second : value
    case '#':
      return args.length === 0 ? String(new TextEncoder().encode(value).length) : trimStart(value, first, false)
    case '##':
      return trimStart(value, first, true)
    case '%':
      return trimEnd(value, first, false)
    case '%%':
      return trimEnd(value, first, true)
    default:
      return value === '' ? args.join('') : value
  }
}

/** A text, unless it is too long. */
export function bounded(text: string): string {
  if (text.length > maxCharacters) throw new OperatorError(`more than ${maxCharacters} characters`)
  return text
}

/** A text, unless it has a part of a character. */
export function whole(text: string): string {
  if (text.includes(cut)) throw new OperatorError('a part of a character, since offsets count bytes')
  return text
}

function mapCharacters(text: string, map: (char: string) => string): string {
  return Array.from(text, map).join('')
}

function mapFirst(text: string, map: (char: string) => string): string {
  const [first = ''] = text
  return first === '' ? text : map(first) + text.slice(first.length)
}

// Go maps each character to one: ß stays, İ becomes i, and ᾳ becomes ᾼ.

function lower(char: string): string {
  return char === 'İ' ? 'i' : single(char.toLowerCase(), char)
}

function upper(char: string): string {
  const mapped = char.toUpperCase()
  if (single(mapped, '') === mapped) return mapped
  const point = char.codePointAt(0) as number
  return [8, 9].map((distance) => String.fromCodePoint(point + distance)).find((each) => each.toLowerCase() === char) ?? char
}

function single(mapped: string, fallback: string): string {
  return mapped.length === String.fromCodePoint(mapped.codePointAt(0) as number).length ? mapped : fallback
}

/** Bytes from an offset on, `length` of them. Both count from the end when negative; what is no number changes nothing. */
function substring(value: string, offset: string, length: string | undefined): string {
  const bytes = new TextEncoder().encode(value)
  const at = integer(offset)
  if (at === undefined) return value
  const begin = at < 0 ? Math.max(bytes.length + at, 0) : at
  if (length === undefined) return decode(bytes.subarray(begin))
  const count = integer(length)
  if (count === undefined) return value
  const end = count < 0 ? bytes.length + count : begin + count
  return end < begin ? '' : decode(bytes.subarray(begin, end))
}

/** As Go's `Atoi`. */
function integer(text: string): number | undefined {
  if (!/^[+-]?[0-9]+$/.test(text)) return undefined
  const value = BigInt(text.replace('+', ''))
  return BigInt.asIntN(64, value) === value ? Number(value) : undefined
}

/** Where a part of a character was: a word that is not put in after all may have one. */
const cut = '\uffff'

function decode(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes).replaceAll('\ufffd', cut)
}

function replaceFirst(value: string, pattern: string, replacement: string): string {
  const at = value.indexOf(pattern)
  return at < 0 ? value : value.slice(0, at) + replacement + value.slice(at + pattern.length)
}

function replaceAll(value: string, pattern: string, replacement: string): string {
  // An empty pattern is found around each character.
  const pieces = pattern === '' ? ['', ...value, ''] : value.split(pattern)
  const length = value.length + (pieces.length - 1) * (replacement.length - pattern.length)
  if (length > maxCharacters) throw new OperatorError(`more than ${maxCharacters} characters`)
  return pieces.join(replacement)
}

function trimStart(value: string, pattern: string, longest: boolean): string {
  const text = Array.from(value)
  return text.slice(prefixLength(text, Array.from(pattern), longest)).join('')
}

function trimEnd(value: string, pattern: string, longest: boolean): string {
  const text = Array.from(value)
  return text.slice(0, text.length - prefixLength(text.toReversed(), Array.from(pattern).reverse(), longest)).join('')
}

function prefixLength(text: readonly string[], pattern: readonly string[], longest: boolean): number {
  if (text.length * pattern.length > maxComparisons)
    throw new OperatorError(`a value of ${text.length} and a pattern of ${pattern.length} characters`)
  return matchingPrefix(text, pattern, longest) ?? 0
}
