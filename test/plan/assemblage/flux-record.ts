import type { Driver, KubeObject, ObjectRef, Observation } from 'fleetkit'
import type { AssembledSync } from './driver-loop.ts'

/** What happened, one thing after the other; `at` in milliseconds since the beginning. */
export type FluxFact = { readonly at: number } & (
  | { readonly kind: 'specified'; readonly syncs: readonly AssembledSync[] }
  | { readonly kind: 'written'; readonly sync: string; readonly uid: string; readonly generation: number }
  | { readonly kind: 'left'; readonly left: Observation['left'] }
  | { readonly kind: 'gone'; readonly of: string; readonly name: string }
  | {
      readonly kind: 'seen'
      readonly of: string
      readonly name: string
      readonly uid: string
      readonly generation: number
      /** Of which specification it is: its number. */
      readonly version: number
      readonly deletionTimestamp?: string | undefined
      readonly finalizers: readonly string[]
      /** What is not as it was written; null for what is missing. */
      readonly edits?: Readonly<Record<string, unknown>> | undefined
      readonly status: unknown
    }
)

/** A situation that was played with real Flux: what was asked for, what was written, and what was seen then. */
export interface FluxRecord {
  readonly situation: string
  readonly namespace: string
  /** Milliseconds since the epoch. */
  readonly started: number
  readonly facts: readonly FluxFact[]
}

/** The Assemblage of a record. */
export function assemblageOf(namespace: string): ObjectRef {
  return { apiVersion: 'fleetkit.dev/v1alpha1', kind: 'Assemblage', namespace, name: 'edge' }
}

/** The objects that a driver makes where there are none. */
export function madeBy(driver: Driver, assemblage: ObjectRef, syncs: readonly AssembledSync[]): readonly KubeObject[] {
  return driver.diff({ assemblage, syncs, found: { objects: [], left: [] }, known: [], now: 0 }).map(({ object }) => object)
}
