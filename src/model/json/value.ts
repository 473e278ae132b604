import type { Json, JsonObject } from '../object.ts'
import { isExactInteger } from './exact-integer.ts'

/** Whether a value is a JSON object. */
export function isMap(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isExactInteger(value)
}

/** Whether a value is a JSON array. */
export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}

/** A field of an object; never one of its prototype. */
export function fieldOf(value: Json | undefined, name: string): Json | undefined {
  return isMap(value) && Object.hasOwn(value, name) ? value[name] : undefined
}
