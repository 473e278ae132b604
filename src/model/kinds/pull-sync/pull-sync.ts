import type { KubeObject } from '../../object.ts'
import { parseDocument, Resource, type ResourceInput } from '../resource.ts'
import { pullSyncKind } from './kind.ts'
import type { PullSyncSpec, PullSyncSpecInput, PullSyncStatus } from './types.generated.ts'

/**
 * What a {@link PullSync} is made from. `metadata.namespace` is `default` when absent.
 *
 * @category PullSync
 */
export type PullSyncInput = ResourceInput<PullSyncSpecInput, PullSyncStatus>

/**
 * Keeps in this cluster the Syncs that a management has for it, one for each `ProxySync` of a namespace there, and reports what becomes of them: for a cluster that
 * connects to the management, and that the management need not reach. A frozen value: it is valid from the moment it exists, and `with` makes a
 * changed copy.
 *
 * @throws {@link FleetkitError} `model/invalid` with every problem as `path: found …, accepted …`.
 *
 * @example
 * ```ts
 * import { PullSync } from 'fleetkit'
 *
 * export const pull = new PullSync({
 *   metadata: { name: 'management', namespace: 'fleetkit' },
 *   spec: { upstream: { cluster: { name: 'management' }, namespace: 'eu-west-1' } },
 * })
 * ```
 *
 * @category PullSync
 */
export class PullSync extends Resource<'PullSync', PullSyncSpec, PullSyncStatus> {
  constructor(input: PullSyncInput) {
    super(pullSyncKind, input, () => [])
  }

  /** A PullSync from the text of one YAML or JSON document. `model/yaml` when it cannot be read. */
  static parse(text: string, options: { readonly origin?: string } = {}): PullSync {
    return new PullSync(parseDocument(text, options) as PullSyncInput)
  }

  /** A PullSync from an object of a store. */
  static from(object: KubeObject): PullSync {
    return new PullSync(object as unknown as PullSyncInput)
  }
}
