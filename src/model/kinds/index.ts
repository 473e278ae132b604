/**
 * The kinds as data: their schemas, what validates by them, and the CustomResourceDefinitions and JSON Schemas that are made of
 * them. Pure functions.
 *
 * @module fleetkit/kinds
 * @packageDocumentation
 */

export type { Schema } from '../schema/schema.ts'
export type { SchemaValue } from '../schema/schema-value.ts'
export { validate, withDefaults } from '../schema/validate.ts'
export { validateSelector } from '../schema/validate-selector.ts'
export { definitionOf, jsonSchemaOf } from './definition.ts'
export {
  type AllKinds,
  assemblageKind,
  bootstrapModuleKind,
  clusterKind,
  clusterRegistrationKind,
  kinds,
  moduleKind,
  moduleRevisionKind,
  proxySyncKind,
  pullSyncKind,
  remoteAssemblageKind,
  remoteSyncKind,
  rolloutKind,
  rolloutLogKind,
  syncKind,
} from './described-kinds.ts'
export type { KindDefinition, PrinterColumn } from './kind.ts'
export type { FleetKinds } from './kinds.ts'
export { defineKind, type KindInput, type TypedKind, type TypedObject, typedObject } from './typed-kind.ts'
