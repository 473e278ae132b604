/**
 * The dependency-graph planner: pure functions, for nodes of any kind.
 *
 * @module fleetkit/graph
 * @packageDocumentation
 */
export type { Blocked, BlockingCause } from './causes.ts'
export {
  type ChangeNode,
  type ChangeState,
  type ChangesInput,
  type ChangesPlan,
  type Operation,
  planChanges,
  type RefusedChange,
} from './changes.ts'
export { type CondensedGraph, condense, type GraphGroup } from './condense.ts'
export type { Cycle } from './cycles.ts'
export type { Cause, Explanation } from './explain.ts'
export type { GraphChanges, GraphEdge, GraphInput, GraphNode, NodeOutcome } from './input.ts'
export { type GraphPlan, type GraphPlanData, planGraph } from './plan.ts'
export type { EdgeEnds, GraphProblem } from './problems.ts'
export type { NodeState } from './readiness.ts'
