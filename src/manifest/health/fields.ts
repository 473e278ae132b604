import type { Json } from '../../model/object.ts'

/**
 * The value at a path as `spec.replicas`, `status.conditions[type="Ready"].reason` or `metadata.labels["example.com/tier"]`; `undefined` where the path leaves the
 * object. Reads own properties only, and never throws whatever the object holds.
 */
export function valueAt(object: unknown, path: string): Json | undefined {
  let value: unknown = object
  for (const [, field, label, key, wanted] of path.matchAll(/([^.[\]]+)|\["([^"]*)"\]|\[(\w+)="([^"]*)"\]/g)) {
    value = key === undefined ? ownValue(value, (field ?? label) as string) : itemWith(value, key, wanted as string)
    if (value === undefined) return undefined
  }
  return value as Json
}

/** The string at `path`, or `fallback` when there is none. */
export function stringAt(object: unknown, path: string, fallback: string): string {
  const value = valueAt(object, path)
  return typeof value === 'string' ? value : fallback
}

/** The integer at `path`, or `fallback` when there is none. */
export function integerAt(object: unknown, path: string, fallback: number): number {
  const value = valueAt(object, path)
  return Number.isSafeInteger(value) ? (value as number) : fallback
}

function ownValue(value: unknown, field: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, field) ? (value as Record<string, unknown>)[field] : undefined
}

function itemWith(list: unknown, key: string, wanted: string): unknown {
  return Array.isArray(list) ? list.find((item) => ownValue(item, key) === wanted) : undefined
}
