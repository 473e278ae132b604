import { FAILSAFE_SCHEMA, type Schema, Type } from 'js-yaml'
import { integerText, isExactInteger } from '../json/exact-integer.ts'

// What a plain scalar means is decided as sigs.k8s.io/yaml does (it reads YAML 1.1 with goyaml.v2): `on` is a boolean
// and `0644` is 420. YAML 1.2 readers disagree in both, and in more; see test/model/yaml.test.ts.

const nulls: ReadonlySet<unknown> = new Set([null, '', '~', 'null', 'Null', 'NULL'])
const trues: ReadonlySet<unknown> = new Set(['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'])
const falses: ReadonlySet<unknown> = new Set(['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'])
const integerForm: RegExp = /^([-+]?)(?:0b([01]+)|0x([0-9a-f]+)|0o?([0-7]+)|(0|[1-9][0-9]*))$/i
const floatForm: RegExp = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:e[-+]?[0-9]+)?$/i
const specialFloats: ReadonlyMap<unknown, number> = new Map([
  ...['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'].map((text) => [text, Number.POSITIVE_INFINITY] as const),
  ...['-.inf', '-.Inf', '-.INF'].map((text) => [text, Number.NEGATIVE_INFINITY] as const),
  ...['.nan', '.NaN', '.NAN'].map((text) => [text, Number.NaN] as const),
])

/** The tag of a plain `<<`. js-yaml merges under the standard tag at once, and in another order than kubectl. */
export const mergeTag: string = '!<<'

/** A float. As a key it becomes the text that kubectl makes of it. */
export class Float {
  readonly value: number
  constructor(value: number) {
    this.value = value
  }
  /** js-yaml makes a key of an object by {@link toString} only when it has this. */
  get [Symbol.toStringTag](): string {
    return 'Float'
  }
  /** As Go's `FormatFloat(value, 'g', -1, 32)`: as few digits as name the float of 32 bits. */
  toString(): string {
    const single = Math.fround(this.value)
    if (!Number.isFinite(single)) return Number.isNaN(single) ? '.nan' : single > 0 ? '.inf' : '-.inf'
    if (Object.is(single, -0)) return '-0'
    let digits = 0
    while (Math.fround(Number(single.toExponential(digits))) !== single) digits++
    const [mantissa, exponent] = single.toExponential(digits).split('e') as [string, string]
    if (Number(exponent) >= -4 && Number(exponent) < 6) return String(Number(`${mantissa}e${exponent}`))
    return `${mantissa}e${exponent.replace(/^(.)(.)$/, '$10$2')}`
  }
}

/** An integer of 64 bits: a bigint where a number is not exact. What is larger is a float where it is written in decimal, and a text otherwise. */
function integer(text: unknown): number | bigint | undefined {
  if (typeof text !== 'string' || !/^[-+0-9]/.test(text)) return undefined
  const match = integerForm.exec(text.replaceAll('_', ''))
  if (match === null) return undefined
  const [, sign, binary, hexadecimal, octal, decimal] = match
  const [digits, base] =
    binary !== undefined ? [binary, 2] : hexadecimal !== undefined ? [hexadecimal, 16] : octal !== undefined ? [octal, 8] : [decimal, 10]
  const value = Number.parseInt(digits as string, base as number)
  if (!Number.isSafeInteger(value)) return longInteger(sign as string, digits as string, base as number)
  return sign === '-' && value !== 0 ? -value : value
}

function longInteger(sign: string, digits: string, base: number): bigint | undefined {
  if (digits.length > 64) return undefined
  const size = BigInt(`${prefixes[base]}${digits}`)
  const value = sign === '-' ? -size : size
  return value >= -(2n ** 63n) && value < 2n ** 64n ? value : undefined
}

const prefixes: Readonly<Record<number, string>> = { 2: '0b', 8: '0o', 10: '', 16: '0x' }

function float(text: unknown): number | undefined {
  if (typeof text !== 'string' || !/^[-+.0-9]/.test(text)) return undefined
  const special = specialFloats.get(text)
  if (special !== undefined) return special
  const plain = text.startsWith('.') ? text.replace(/(?<=[0-9])_(?=[0-9])/g, '') : text.replaceAll('_', '')
  const value = floatForm.test(plain) ? Number(plain) : Number.NaN
  return Number.isFinite(value) ? value : undefined
}

const nullType: Type = new Type('tag:yaml.org,2002:null', {
  kind: 'scalar',
  resolve: (text: unknown) => nulls.has(text),
  construct: () => null,
  predicate: (value: unknown) => value === null,
  represent: () => 'null',
})

const boolType: Type = new Type('tag:yaml.org,2002:bool', {
  kind: 'scalar',
  resolve: (text: unknown) => trues.has(text) || falses.has(text),
  construct: (text: unknown) => trues.has(text),
  predicate: (value: unknown) => typeof value === 'boolean',
  represent: String,
})

const intType: Type = new Type('tag:yaml.org,2002:int', {
  kind: 'scalar',
  resolve: (text: unknown) => integer(text) !== undefined,
  construct: integer,
  predicate: (value: unknown) => Number.isSafeInteger(value) || isExactInteger(value),
  represent: (value: unknown) => integerText(value) as string,
})

const floatType: Type = new Type('tag:yaml.org,2002:float', {
  kind: 'scalar',
  resolve: (text: unknown) => (float(text) ?? integer(text)) !== undefined,
  construct: (text: unknown) => new Float(Number(float(text) ?? integer(text))),
  predicate: (value: unknown) => Number.isFinite(value),
  represent: (value: unknown) => (Number.isInteger(value) ? (value as number).toExponential() : String(value)),
})

const mergeType: Type = new Type(mergeTag, { kind: 'scalar', resolve: (text: unknown) => text === '<<' })

const binaryType: Type = new Type('tag:yaml.org,2002:binary', {
  kind: 'scalar',
  resolve: (text: unknown) => binary(text) !== undefined,
  construct: binary,
})

/** The text of Base64, or nothing when it is no text or no Base64. */
function binary(text: unknown): string | undefined {
  const plain = String(text).replaceAll('\n', '')
  if (!/^[a-z0-9+/]*={0,2}$/i.test(plain) || plain.length % 4 > 0) return undefined
  const bytes = Uint8Array.from(atob(plain), (char) => char.charCodeAt(0))
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** Reads what kubectl reads. */
export const readSchema: Schema = FAILSAFE_SCHEMA.extend({
  implicit: [nullType, boolType, intType, floatType, mergeType],
  explicit: [binaryType],
})

// kubectl reads a date as a string and kustomize as a time: written, it is quoted. A type that is never read does it.
const dateType: Type = new Type('tag:yaml.org,2002:timestamp', {
  kind: 'scalar',
  resolve: (text: unknown) => typeof text === 'string' && /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}/.test(text),
})

/** Writes what every reader of YAML 1.1 and 1.2 reads as the same. */
export const writeSchema: Schema = readSchema.extend({ implicit: [dateType] })
