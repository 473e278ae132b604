/**
 * For tests: a clock that moves on command, faults on demand, a model checker for rollout policies, a simulator of fleets, a controller of Deployments for clusters that have none, and
 * the conformance suite of each port.
 *
 * @module fleetkit/testing
 * @packageDocumentation
 */
import '../engine/runtime/error-codes.ts'
import '../manifest/error-codes.ts'
import '../plan/fleet/error-codes.ts'
import '../ports/error-codes.ts'

export { type ClusterSubject, clusterConformance } from './conformance/cluster/index.ts'
export { type DriverSubject, driverConformance } from './conformance/driver/index.ts'
export { type GitSubject, gitConformance } from './conformance/git/index.ts'
export type { ConformanceOptions, ConformanceSkip, RegisterTest } from './conformance/register.ts'
export { type RendererSubject, rendererConformance } from './conformance/renderer/index.ts'
export { type StoreSubject, storeConformance } from './conformance/store/index.ts'
export { type PlayDeploymentsOptions, playDeployments } from './deployments.ts'
export type { ExploreEvent, ExploreEventName, RolloutEventName, TargetEventName } from './explore/event.ts'
export { defaultEvents } from './explore/event.ts'
export { explore } from './explore/explore.ts'
export type * from './explore/options.ts'
export type { PlannedWorld } from './explore/planned-world.ts'
export type { Violation } from './explore/policy.ts'
export { type Replay, type ReplayStep, replayTrace } from './explore/replay.ts'
export type { RuleName } from './explore/rules.ts'
export { type FaultControl, type FaultPlan, type FaultyPort, type InjectedFault, withFaults } from './faults.ts'
export { seededRandom } from './seeded-random.ts'
export type { FleetView, SimulatedPair } from './simulator/judge/fleet-view.ts'
export type { FleetPeak } from './simulator/judge/peak-counter.ts'
export type { FleetRule, FleetViolation } from './simulator/judge/referee.ts'
export type { FleetInvariant, SimulatedWorld, SimulateFleetOptions } from './simulator/options.ts'
export type { FleetSimulation } from './simulator/result.ts'
export type { FailingPair, FleetCondition, SimulatedCluster, SimulatedFleet } from './simulator/scenario.ts'
export { simulateFleet } from './simulator/simulate-fleet.ts'
export { type SeedsSimulation, type SimulateSeedsOptions, simulateSeeds } from './simulator/simulate-seeds.ts'
export { VirtualClock } from './virtual-clock.ts'
