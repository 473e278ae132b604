/**
 * For the author of a store: what every `Store` does the same way. The port says what a store promises, and
 * `storeConformance` of `fleetkit/testing` proves it.
 *
 * @module fleetkit/store
 * @packageDocumentation
 */
import '../../ports/error-codes.ts'

export { type LeaseStore, leaseOver } from './lease.ts'
export { ListPage, type ListPosition, type ListVersions } from './list-page.ts'
export { validateNewObject, validateObject } from './validate.ts'
