/**
 * What the syncs of an Assemblage can be made of.
 *
 * @module fleetkit/drivers
 * @packageDocumentation
 */
import '../../../ports/error-codes.ts'

export { fleetkitDriver } from './fleetkit.ts'
export { fluxDriver } from './flux.ts'
