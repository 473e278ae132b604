/**
 * Operations: what people do to the rollouts of a fleet.
 *
 * @module fleetkit/operations
 * @packageDocumentation
 */
import '../../../ports/error-codes.ts'
import '../error-codes.ts'

export { type PairOfFleet, RolloutOperations, type RolloutOperationsOptions } from './rollout-operations.ts'
