import { integerText, scalarText } from '../../model/json/exact-integer.ts'

const form = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)(?:([eE][+-]?\d{1,3})|(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei))?$/
const decimal: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 }
const binary: Readonly<Record<string, bigint>> = { Ki: 10n, Mi: 20n, Gi: 30n, Ti: 40n, Pi: 50n, Ei: 60n }

/**
 * Whether two values are the same Kubernetes quantity: `1000m` and `1`, `0.5` and `500m`, `1Gi` and `1024Mi`. Amounts
 * below one billionth are rounded up, as k8s.io/apimachinery (`resource.Quantity`) does.
 */
export function sameQuantity(a: unknown, b: unknown): boolean {
  const left = nanos(a)
  return left !== undefined && left === nanos(b)
}

function nanos(value: unknown): bigint | undefined {
  const text = integerText(value) ?? (typeof value === 'number' ? String(value) : value)
  if (typeof text !== 'string' || text.length > 64) return undefined
  const match = form.exec(text)
  if (match === null) return undefined
  const [, sign, digits = '', exponent, suffix = ''] = match
  const [whole = '', fraction = ''] = digits.split('.')
  const shift = 9 + (exponent === undefined ? (decimal[suffix] ?? 0) : Number(exponent.slice(1))) - fraction.length
  const scaled = BigInt(`${whole}${fraction}` || '0') << (binary[suffix] ?? 0n)
  const amount = shift >= 0 ? scaled * 10n ** BigInt(shift) : divideUp(scaled, 10n ** BigInt(-shift))
  return sign === '-' ? -amount : amount
}

function divideUp(amount: bigint, divisor: bigint): bigint {
  return (amount + divisor - 1n) / divisor
}

/**
 * A quantity as the API server writes it: the largest suffix that leaves a whole number, of the family it was given in.
 * `undefined` when it is none.
 */
export function canonicalQuantity(value: unknown): string | undefined {
  const amount = nanos(value)
  if (amount === undefined) return undefined
  const given = form.exec(scalarText(value))
  const suffix = given?.[4] ?? ''
  const magnitude = amount < 0n ? -amount : amount
  const sign = amount < 0n ? '-' : ''
  // Below 1024 a binary quantity has nothing to divide, and is written as a decimal one.
  if (suffix in binary && magnitude % billion === 0n && magnitude >= 1024n * billion) {
    let [whole, index] = [magnitude / billion, 0]
    for (; index < binarySuffixes.length && whole % 1024n === 0n; index++) whole /= 1024n
    return `${sign}${whole}${index === 0 ? '' : binarySuffixes[index - 1]}`
  }
  if (magnitude === 0n) return '0'
  let [whole, index] = [magnitude, 0]
  for (; index < decimalSuffixes.length - 1 && whole % 1000n === 0n; index++) whole /= 1000n
  const exponent = (index - 3) * 3
  if (given?.[3] !== undefined) return `${sign}${whole}${exponent === 0 ? '' : `e${exponent}`}`
  return `${sign}${whole}${decimalSuffixes[index]}`
}

const billion = 1_000_000_000n
const binarySuffixes = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']
const decimalSuffixes = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E']
