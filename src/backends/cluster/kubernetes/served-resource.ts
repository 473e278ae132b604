import type { ResourceType } from '../../../ports/cluster.ts'

/** A type that the cluster serves. */
export interface ServedResource extends ResourceType {
  /** Whether it has a `status` subresource. */
  readonly status: boolean
}
