/**
 * Manifests: parsing, order, inventories, differences of owned fields, health. Pure functions.
 *
 * @module fleetkit/manifest
 * @packageDocumentation
 */
import './error-codes.ts'
import './substitute/error-codes.ts'

export { diffOwned, type OwnedDiff } from './fields/diff-owned.ts'
export type { FieldChange } from './fields/field-change.ts'
export { type AggregateHealth, aggregateHealth } from './health/aggregate.ts'
export { type AssessOptions, assessHealth } from './health/assess.ts'
export { conditionPath, hasCondition, type ObservedCondition } from './health/conditions.ts'
export type { Health, HealthEvidence, HealthStatus } from './health/health.ts'
export { current, failed, type HealthInput, type HealthRule, inProgress, unknown, verdict } from './health/rule.ts'
export { inventoryDifference, inventoryOf, narrowInventory, parseInventory, unionInventory } from './inventory.ts'
export { type LinkEntry, resolveLinks } from './links.ts'
export { type ApplyOrderOptions, type ApplyStage, applyOrder, compareObjects, compareRefs, pruneOrder, stageOf } from './order.ts'
export { checkDuplicates, type ManifestLimits, type ParseOptions, parseManifest, parseManifests } from './parse.ts'
export { cleanPath } from './path.ts'
export { type Substituted, type SubstituteOptions, substituteText, substituteVariables } from './substitute/substitute.ts'
export { mergeVariables, type VariableSource, type Variables } from './substitute/variables.ts'
