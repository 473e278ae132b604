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

/**
 * The rule of one kind: a pure function, which judges with {@link current}, {@link inProgress}, {@link failed} and {@link unknown}. It is
 * asked only about an object that is not being deleted, whose generation has been observed, and that is neither reconciling nor stalled
 * (of the profile `argo`: that is not being deleted), unless it decides `alone`.
 */
export interface HealthRule {
  (input: HealthInput): Health
  /** Whether it is asked about every object of its kind that exists, before what holds for all kinds. */
  readonly alone?: boolean
}

/**
 * A verdict over `object`. The evidence is what it holds at `paths`.
 *
 * @param rule - names the rule and what it found, as `database/starting`
 * @param paths - as `spec.replicas` and `status.conditions[type="Ready"].reason`
 */
export function verdict(object: unknown, status: HealthStatus, rule: string, message: string, paths: readonly string[]): Health {
  return { status, rule, message, evidence: paths.map((path) => ({ path, value: valueAt(object, path) })) }
}

/** The {@link verdict} that an object is what it asks for. */
export function current(object: unknown, rule: string, message: string, ...paths: readonly string[]): Health {
  return verdict(object, 'Current', rule, message, paths)
}

/** The {@link verdict} that an object is not there yet. */
export function inProgress(object: unknown, rule: string, message: string, ...paths: readonly string[]): Health {
  return verdict(object, 'InProgress', rule, message, paths)
}

/** The {@link verdict} that an object needs help. */
export function failed(object: unknown, rule: string, message: string, ...paths: readonly string[]): Health {
  return verdict(object, 'Failed', rule, message, paths)
}

/** The {@link verdict} that an object is held back on purpose, and goes on only when it is let. */
export function suspended(object: unknown, rule: string, message: string, ...paths: readonly string[]): Health {
  return verdict(object, 'Suspended', rule, message, paths)
}

/** The {@link verdict} that the status of an object cannot be understood. */
export function unknown(object: unknown, rule: string, message: string, ...paths: readonly string[]): Health {
  return verdict(object, 'Unknown', rule, message, paths)
}
