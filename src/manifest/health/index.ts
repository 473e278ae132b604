/**
 * Health: whether an object is what it asks for, in the opinion of kstatus, Flux or Argo CD, or by rules and expressions of one's own.
 * Pure functions.
 *
 * @module fleetkit/health
 * @packageDocumentation
 */
import './error-codes.ts'

export type { HealthCheckExpressions } from '../../model/kinds/sync/types.generated.ts'
export { type AggregateHealth, aggregateHealth } from './aggregate.ts'
export { argo } from './argo/profile.ts'
export { type AssessOptions, assessHealth } from './assess.ts'
export { conditionPath, hasCondition, type ObservedCondition } from './conditions.ts'
export { compileHealthExpressions } from './expressions/compile.ts'
export { flux } from './flux/profile.ts'
export type { Health, HealthEvidence, HealthStatus } from './health.ts'
export { kstatus } from './kstatus/profile.ts'
export type { HealthProfile, ProfileOptions } from './profile.ts'
export { current, failed, type HealthInput, type HealthRule, inProgress, suspended, unknown, verdict } from './rule.ts'
