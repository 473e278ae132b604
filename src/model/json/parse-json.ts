import type { Json } from '../object.ts'
import { exactInteger, exactNumber } from './exact-integer.ts'

/** A number that may lose digits, or what looks like one in a text: what most answers have nowhere. */
const manyDigits = /(?:^|[:,[])[ \t\r\n]*-?(?:\d{16}|\d[\d.]*[eE])/

/**
 * Reads JSON without loss: an integer that no double holds keeps its digits.
 *
 * @throws SyntaxError when it is not JSON
 */
export function parseJson(text: string): Json {
  return JSON.parse(text, manyDigits.test(text) ? (exactly as Reviver) : undefined) as Json
}

type Reviver = (this: unknown, key: string, value: unknown) => unknown

function exactly(_: string, value: unknown, { source }: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value
  return /^-?\d+$/.test(source ?? '') ? exactInteger(BigInt(source as string)) : exactNumber(value)
}

/** A copy of JSON that shares nothing with the original. Fields that are `undefined` are dropped. */
export function jsonCopy<T>(value: T): T {
  return parseJson(JSON.stringify(value)) as T
}
