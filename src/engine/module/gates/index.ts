/**
 * Gates: answers to the checks that the stages of rollouts wait for.
 *
 * @module fleetkit/gates
 * @packageDocumentation
 */
export { type ObjectGateOptions, objectGate } from './object-gate.ts'
export type { GateAnswer, GateContext, GateQuestion, RolloutGate } from './rollout-gate.ts'
