/**
 * What the syncs of an Assemblage can be made of.
 *
 * @module fleetkit/drivers
 * @packageDocumentation
 */
export { fleetkitDriver } from './fleetkit.ts'
export { fluxDriver } from './flux.ts'
