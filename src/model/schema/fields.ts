import { durationPattern } from '../duration.ts'
import { labelNameAccepted, labelPattern } from '../names.ts'
import type { Schema } from './schema.ts'

/** Any text. */
export function text(description?: string): Schema {
  return { type: 'string', ...about(description) }
}

/** The name of an object or of a namespace. */
export function name(description?: string): Schema {
  return {
    type: 'string',
    ...about(description),
    maxLength: 63,
    pattern: labelPattern,
    accepts: labelNameAccepted,
  }
}

/** A duration, as Go and Flux write it. */
export function duration(
  description?: string,
  { fallback, minimum }: { readonly fallback?: string; readonly minimum?: string } = {},
): Schema {
  return {
    type: 'string',
    ...about(description),
    maxLength: 64,
    pattern: durationPattern,
    accepts: `a duration such as 90s, 10m or 1h30m${minimum === undefined ? '' : `, ${minimum} or longer`}`,
    ...(minimum === undefined ? {} : { minimumDuration: minimum }),
    ...(fallback === undefined ? {} : { default: fallback }),
  }
}

/** Whether something is so. It is not, unless it is said or `fallback` is true. */
export function flag(description?: string, fallback = false): Schema {
  return { type: 'boolean', ...about(description), default: fallback }
}

/** A time in RFC 3339. */
export function time(description?: string): Schema {
  return { type: 'string', format: 'date-time', ...about(description) }
}

/** A whole number that counts. */
export function count(description?: string): Schema {
  return { type: 'integer', format: 'int64', ...about(description) }
}

/** The description of a field, where that is not kept apart from its schema. */
function about(description: string | undefined): { readonly description?: string } {
  return description === undefined ? {} : { description }
}
