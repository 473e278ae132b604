import type { Json } from '../object.ts'

/**
 * An integer that no double holds, with its digits. `JSON.stringify` writes it as a number; made by `JSON.rawJSON`, it is frozen and has no other fields.
 *
 * @category Objects
 */
export interface ExactInteger {
  readonly rawJSON: string
}

// ECMAScript has them (https://tc39.es/proposal-json-parse-with-source/), TypeScript not yet.
const { rawJSON, isRawJSON } = JSON as unknown as {
  rawJSON(text: string): ExactInteger & Json
  isRawJSON(value: unknown): value is ExactInteger
}

/** Integers that Kubernetes keeps; one beyond these is read as a float. */
const [least, most] = [-(2n ** 63n), 2n ** 63n - 1n]

/**
 * Whether a value is an integer with more digits than a number holds.
 *
 * @category Objects
 */
export function isExactInteger(value: unknown): value is ExactInteger {
  return isRawJSON(value)
}

/**
 * An integer as JSON: a number where that is exact, otherwise its digits, which come out of `JSON.stringify` as they are. Beyond the 64 bits of an
 * API server it is the nearest float, as there.
 *
 * @example
 * ```ts
 * import { exactInteger } from 'fleetkit'
 *
 * const spec = { seed: exactInteger(9_007_199_254_740_993n) }
 * console.log(JSON.stringify(spec)) // {"seed":9007199254740993}
 * ```
 *
 * @category Objects
 */
export function exactInteger(value: bigint): Json {
  const number = Number(value)
  return Number.isSafeInteger(number) || value < least || value > most ? number : rawJSON(String(value))
}

/** The digits of an integer, whether a number or exact; `undefined` for anything else. */
export function integerText(value: unknown): string | undefined {
  if (isRawJSON(value)) return value.rawJSON
  return Number.isInteger(value) ? digitsOf(value as number) : undefined
}

/** A scalar as text: of an integer its digits. */
export function scalarText(value: unknown): string {
  return integerText(value) ?? String(value)
}

/** The digits that JSON has of an integer: the shortest that mean the same number, and zeros. */
function digitsOf(value: number): string {
  return Math.abs(value) < 1e21 ? String(value + 0) : String(BigInt(value))
}

/** A number as JSON: one that stands for an integer of 64 bits exactly, however it is written. */
export function exactNumber(value: number): Json {
  return Number.isSafeInteger(value) || !Number.isInteger(value) ? value : exactInteger(BigInt(digitsOf(value)))
}
