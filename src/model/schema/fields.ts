import { durationPattern } from '../duration.ts'
import type { Schema } from './schema.ts'

/** Any text. */
export function text(description: string): Schema {
  return { type: 'string', description }
}

/** The name of an object or of a namespace. */
export function name(description: string): Schema {
  return {
    type: 'string',
    description,
    maxLength: 63,
    pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
    accepts: 'at most 63 lower-case letters, digits and -, beginning and ending with a letter or digit',
  }
}

/** A duration, as Go and Flux write it. */
export function duration(
  description: string,
  { fallback, minimum }: { readonly fallback?: string; readonly minimum?: string } = {},
): Schema {
  return {
    type: 'string',
    description,
    maxLength: 64,
    pattern: durationPattern,
    accepts: `a duration such as 90s, 10m or 1h30m${minimum === undefined ? '' : `, ${minimum} or longer`}`,
    ...(minimum === undefined ? {} : { minimumDuration: minimum }),
    ...(fallback === undefined ? {} : { default: fallback }),
  }
}

/** What is not so unless it is said. */
export function flag(description: string): Schema {
  return { type: 'boolean', description, default: false }
}

/** A time in RFC 3339. */
export function time(description: string): Schema {
  return { type: 'string', format: 'date-time', description }
}
