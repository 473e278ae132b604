import type { Schema } from '../../../model/schema/schema.ts'

export const text: Schema = { type: 'string' }
export const texts: Schema = { type: 'array', items: text }
export const time: Schema = { type: 'number', accepts: 'milliseconds since 1970' }
/** An object that may have other fields too: those of a later release. */
export const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } as const
