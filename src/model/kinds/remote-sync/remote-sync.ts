import { fieldRuleProblems } from '../../field-rules/problems.ts'
import type { KubeObject } from '../../object.ts'
import { parseDocument, Resource, type ResourceInput, selfDependencies } from '../resource.ts'
import type { SyncStatus } from '../sync/types.generated.ts'
import { remoteSyncKind } from './kind.ts'
import type { RemoteSyncSpec, RemoteSyncSpecInput } from './types.generated.ts'

/**
 * What a {@link RemoteSync} is made from. `metadata.namespace` is `default` when absent.
 *
 * @category RemoteSync
 */
export type RemoteSyncInput = ResourceInput<RemoteSyncSpecInput, SyncStatus>

/**
 * Applies the configuration of one exact revision of one source to another cluster, directly: all that a `Sync` does, with its record here. A
 * frozen value: it is valid from the moment it exists, and `with` makes a changed copy.
 *
 * @throws {@link FleetkitError} `model/invalid` with every problem as `path: found …, accepted …`.
 *
 * @example
 * ```ts
 * import { RemoteSync } from 'fleetkit'
 *
 * export const ingress = new RemoteSync({
 *   metadata: { name: 'ingress', namespace: 'eu-west-1' },
 *   spec: {
 *     cluster: { name: 'eu-west-1' },
 *     source: { git: { url: 'https://example.com/ingress.git', tag: 'v1.4.0' } },
 *     prune: true,
 *   },
 * })
 * ```
 *
 * @category RemoteSync
 */
export class RemoteSync extends Resource<'RemoteSync', RemoteSyncSpec, SyncStatus> {
  constructor(input: RemoteSyncInput) {
    super(remoteSyncKind, input, (metadata, spec) => [
      ...selfDependencies('RemoteSync', metadata, spec.dependsOn),
      ...fieldRuleProblems(spec),
    ])
  }

  /** A RemoteSync from the text of one YAML or JSON document. `model/yaml` when it cannot be read. */
  static parse(text: string, options: { readonly origin?: string } = {}): RemoteSync {
    return new RemoteSync(parseDocument(text, options) as RemoteSyncInput)
  }

  /** A RemoteSync from an object of a store. */
  static from(object: KubeObject): RemoteSync {
    return new RemoteSync(object as unknown as RemoteSyncInput)
  }
}
