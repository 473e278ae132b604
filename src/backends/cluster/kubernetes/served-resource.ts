import type { ResourceType } from '../../../ports/cluster.ts'

/** A type that the cluster serves. */
export interface Served extends ResourceType {
  /** Whether it has a `status` of its own. */
  readonly status: boolean
}
