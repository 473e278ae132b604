import type { KubeObject } from './object.ts'

/**
 * An object and where it came from.
 *
 * @category Objects
 */
export interface RenderedObject {
  readonly object: KubeObject
  /** For people, e.g. `deploy/web.yaml:12`. */
  readonly origin: string
  /** Fields that mean nothing in another cluster, and are not applied: `metadata.uid`. */
  readonly leftOut?: readonly string[] | undefined
}
