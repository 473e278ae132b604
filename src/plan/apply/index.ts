/**
 * The planner of one cluster: what applying objects takes, and what makes its plan a contract, as pure functions. `SyncRunner` plans with it; here are
 * its steps, for those who plan from objects of their own, and what reads and compares stored plans.
 *
 * @module fleetkit/plan
 * @packageDocumentation
 */
import '../../manifest/error-codes.ts'
import './error-codes.ts'

export { comparePlans, formatDifference, type PlanDifference } from './compare-plans.ts'
export { actionsToConfirm, type ConfirmInput, confirmPlan, type DryRunResult, forceAllowedConflicts } from './confirm-plan.ts'
export type { Contents } from './contents.ts'
export { digestOf } from './digest.ts'
export { parsePlan } from './parse-plan.ts'
export { type PeerSync, type PlanApplyInput, planApply } from './plan-apply.ts'
export { type PrepareOptions, prepareObjects } from './prepare-objects.ts'
export { sealPlan } from './seal-plan.ts'
export { planFormat, type SyncPlan } from './sync-plan.ts'
