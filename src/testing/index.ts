/**
 * For tests: a clock that moves when told to, faults on demand, and the conformance suite of each port.
 *
 * @packageDocumentation
 */
export { type ClusterSubject, clusterConformance } from './cluster-conformance.ts'
export type { ConformanceOptions, ConformanceSkip, RegisterTest } from './conformance.ts'
export { type FaultControl, type FaultPlan, type InjectedFault, seededRandom, withFaults } from './faults.ts'
export { type GitSubject, gitConformance } from './git-conformance.ts'
export { type StoreSubject, storeConformance } from './store-conformance.ts'
export { VirtualClock } from './virtual-clock.ts'
