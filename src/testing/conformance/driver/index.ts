import { type ConformanceOptions, registerConformance } from '../register.ts'
import { driverCases } from './cases.ts'
import type { DriverSubject } from './subject.ts'

export type { DriverSubject } from './subject.ts'

/**
 * Registers the tests that every `Driver` must pass, one by one, with the test runner. Each gets a fresh subject from `make`: the driver, a store, and the engine whose objects
 * it makes.
 *
 * @example
 * ```ts
 * import { test } from 'node:test'
 * import { type DriverSubject, driverConformance } from 'fleetkit/testing'
 *
 * declare function startEngine(): Promise<DriverSubject>
 *
 * driverConformance({ test, make: startEngine })
 * ```
 */
export function driverConformance(options: ConformanceOptions<DriverSubject>): void {
  registerConformance('driver', driverCases, options)
}
