import type { KubeObject } from '../../model/object.ts'
import type { ObservedCondition } from './conditions.ts'
import { valueAt } from './fields.ts'
import type { Health, HealthStatus } from './health.ts'

/** What the rule of a kind decides from, once the rules for every object have found nothing. */
export interface HealthInput {
  readonly object: KubeObject
  readonly conditions: readonly ObservedCondition[]
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** The rule of one kind. */
export type HealthRule = (input: HealthInput) => Health

/** Builds a verdict; the evidence is what `object` holds at `paths`. */
export function verdict(object: unknown, status: HealthStatus, rule: string, message: string, paths: readonly string[]): Health {
  return { status, rule, message, evidence: paths.map((path) => ({ path, value: valueAt(object, path) })) }
}

/** {@link verdict} with the status in the name, as the rules read best. */
export function current(object: unknown, rule: string, message: string, ...paths: readonly string[]): Health {
  return verdict(object, 'Current', rule, message, paths)
}

/** See {@link current}. */
export function inProgress(object: unknown, rule: string, message: string, ...paths: readonly string[]): Health {
  return verdict(object, 'InProgress', rule, message, paths)
}

/** See {@link current}. */
export function failed(object: unknown, rule: string, message: string, ...paths: readonly string[]): Health {
  return verdict(object, 'Failed', rule, message, paths)
}

/** See {@link current}. */
export function unknown(object: unknown, rule: string, message: string, ...paths: readonly string[]): Health {
  return verdict(object, 'Unknown', rule, message, paths)
}
