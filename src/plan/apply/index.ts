/**
 * The planner of one cluster: what applying objects takes, as pure functions. {@link SyncRunner} plans with it; here are its steps, for those who plan
 * from objects of their own.
 *
 * @module fleetkit/plan
 * @packageDocumentation
 */
import '../../manifest/error-codes.ts'
import './error-codes.ts'

export { actionsToConfirm, type ConfirmInput, confirmPlan, type DryRunResult, forceAllowedConflicts } from './confirm-plan.ts'
export type { Contents } from './contents.ts'
export { type PlanApplyInput, planApply } from './plan-apply.ts'
export { type PrepareOptions, prepareObjects } from './prepare-objects.ts'
