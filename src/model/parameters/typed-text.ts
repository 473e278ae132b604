import { integerText } from '../json/exact-integer.ts'
import type { FieldType } from './parameter.ts'

/** What a type accepts, in words. */
export const typeAccepted: Readonly<Record<FieldType, string>> = {
  string: 'a string',
  integer: 'an integer',
  number: 'a number',
  boolean: 'true or false',
}

/** A JSON value of a type as text; `undefined` when it is of another type. */
export function typedText(value: unknown, type: FieldType): string | undefined {
  switch (type) {
    case 'string':
      return typeof value === 'string' ? value : undefined
    case 'integer':
      return integerText(value)
    case 'number':
      return integerText(value) ?? (Number.isFinite(value) ? String(value) : undefined)
    case 'boolean':
      return typeof value === 'boolean' ? String(value) : undefined
  }
}

/** Whether a text is how a value of a type is written. */
export function isTypedText(text: string, type: FieldType): boolean {
  const forms = {
    string: /^/,
    integer: /^-?(0|[1-9][0-9]*)$/,
    number: /^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$/,
    boolean: /^(true|false)$/,
  }
  return forms[type].test(text)
}
