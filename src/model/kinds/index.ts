import type { TypeRef } from '../reference.ts'
import type { Schema } from '../schema/schema.ts'
import { fleetkitApiVersion } from './group.ts'
import { moduleSpecSchema, moduleStatusSchema } from './module/schema.ts'
import { syncSpecSchema, syncStatusSchema } from './sync/schema.ts'

/** A column of `kubectl get`. */
export interface PrinterColumn {
  readonly name: string
  readonly type: 'string' | 'date' | 'boolean' | 'integer'
  readonly jsonPath: string
  readonly description?: string
  /** Shown only by `-o wide` when greater than 0. */
  readonly priority?: number
}

/** All there is to know of a kind of this library, as data. */
export interface KindDefinition extends TypeRef {
  readonly plural: string
  readonly singular: string
  readonly shortNames: readonly string[]
  readonly description: string
  readonly spec: Schema
  readonly status: Schema
  readonly columns: readonly PrinterColumn[]
}

/** The kind `Sync`. */
export const syncKind: KindDefinition = {
  apiVersion: fleetkitApiVersion,
  kind: 'Sync',
  plural: 'syncs',
  singular: 'sync',
  shortNames: [],
  description: 'Applies the configuration of one source to this cluster.',
  spec: syncSpecSchema,
  status: syncStatusSchema,
  columns: [
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: 'Revision', type: 'string', jsonPath: '.status.lastAppliedRevision' },
    { name: 'Status', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].message' },
    { name: 'Suspended', type: 'boolean', jsonPath: '.spec.suspend', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
}

/** The kind `Module`. */
export const moduleKind: KindDefinition = {
  apiVersion: fleetkitApiVersion,
  kind: 'Module',
  plural: 'modules',
  singular: 'module',
  shortNames: [],
  description: 'An exactly versioned configuration, the clusters that get it, and how it goes out to them.',
  spec: moduleSpecSchema,
  status: moduleStatusSchema,
  columns: [
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: 'Version', type: 'string', jsonPath: '.status.version' },
    { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
    { name: 'Clusters', type: 'integer', jsonPath: '.status.summary.clusters' },
    { name: 'Done', type: 'integer', jsonPath: '.status.summary.done' },
    { name: 'Status', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].message' },
    { name: 'Suspended', type: 'boolean', jsonPath: '.spec.suspend', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
}

/** The kinds of this library, by name. */
export const kinds: Readonly<Record<'Sync' | 'Module', KindDefinition>> = { Sync: syncKind, Module: moduleKind }
