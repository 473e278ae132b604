/**
 * What a management is made of, as objects to keep in git. Pure functions.
 *
 * @module fleetkit/install
 * @packageDocumentation
 */
export { type ManagementOptions, managementObjects } from './management-objects.ts'
export { roles } from './roles.ts'
