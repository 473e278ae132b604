/**
 * The planner of one cluster: what applying objects takes, and what makes its plan a contract, as pure functions. `SyncRunner` plans with it; here are
 * its steps, for those who plan from objects of their own, and what reads and compares stored plans.
 *
 * @module fleetkit/plan
 * @packageDocumentation
 */
import '../../manifest/error-codes.ts'
import './error-codes.ts'

export { comparePlans, formatDifference, type PlanDifference } from '../contract/compare-plans.ts'
export { digestOf } from '../contract/digest.ts'
export { parsePlan } from '../contract/parse-plan.ts'
export { sealPlan } from '../contract/seal-plan.ts'
export { planFormat, type SyncPlan } from '../contract/sync-plan.ts'
export type { HeldField } from '../fields/keep-fields.ts'
export { actionsToConfirm, type ConfirmInput, confirmPlan, type DryRunResult, forceAllowedConflicts } from './confirm-plan.ts'
export type { Contents } from './contents.ts'
export { type PeerSync, type PlanApplyInput, planApply } from './plan-apply.ts'
export { type PrepareOptions, prepareObjects } from './prepare-objects.ts'
