import type { TypeRef } from '../reference.ts'
import type { Schema } from '../schema/schema.ts'

/** A column of `kubectl get`. */
export interface PrinterColumn {
  readonly name: string
  readonly type: 'string' | 'date' | 'boolean' | 'integer'
  readonly jsonPath: string
  readonly description?: string
  /** Shown only by `-o wide` when greater than 0. */
  readonly priority?: number
}

/** Whether an object is ready. */
export const readyColumn: PrinterColumn = { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' }

/** The revision that was applied last. */
export const revisionColumn: PrinterColumn = { name: 'Revision', type: 'string', jsonPath: '.status.lastAppliedRevision' }

/** The Cluster that an object is for. */
export const clusterColumn: PrinterColumn = { name: 'Cluster', type: 'string', jsonPath: '.spec.cluster.name' }

/** How old an object is. */
export const ageColumn: PrinterColumn = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' }

/** What ends the line of every kind that something becomes of. */
export const lastColumns: readonly PrinterColumn[] = [
  { name: 'Status', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].message' },
  { name: 'Suspended', type: 'boolean', jsonPath: '.spec.suspend', priority: 1 },
  ageColumn,
]

/** All there is to know of a kind of this library, as data. */
export interface KindDefinition extends TypeRef {
  /** Whether its objects lie in a namespace, or belong to the whole cluster. */
  readonly scope: 'Namespaced' | 'Cluster'
  /** What its objects can be named: with a DNS label of at most 53 characters, or with a DNS subdomain, such as a host name. */
  readonly nameForm: 'label' | 'subdomain'
  readonly plural: string
  readonly singular: string
  readonly shortNames: readonly string[]
  readonly description: string
  readonly spec: Schema
  readonly status: Schema
  readonly columns: readonly PrinterColumn[]
}
