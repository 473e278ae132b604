import type { ResourceType } from '../../../ports/cluster.ts'

/** A type that the cluster serves, in one API version. */
export interface ServedResource extends Omit<ResourceType, 'apiVersions'> {
  /** Whether it has a `status` subresource. */
  readonly status: boolean
}
