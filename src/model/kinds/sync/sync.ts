import { fieldRuleProblems } from '../../field-rules/problems.ts'
import type { KubeObject } from '../../object.ts'
import { parseDocument, Resource, type ResourceInput, selfDependencies } from '../resource.ts'
import { syncKind } from './kind.ts'
import type { SyncSpec, SyncSpecInput, SyncStatus } from './types.generated.ts'

/**
 * What a {@link Sync} is made from. `metadata.namespace` is `default` when absent.
 *
 * @category Sync
 */
export type SyncInput = ResourceInput<SyncSpecInput, SyncStatus>

/**
 * Applies the configuration of one exact revision of one source to this cluster. A frozen value: it is valid from the
 * moment it exists, and `with` makes a changed copy.
 *
 * @throws {@link FleetkitError} `model/invalid` with every problem as `path: found …, accepted …`.
 *
 * @example
 * ```ts
 * import { Sync } from 'fleetkit'
 *
 * const sync = new Sync({
 *   metadata: { name: 'podinfo', namespace: 'apps' },
 *   spec: {
 *     source: { git: { url: 'https://example.com/podinfo.git', tag: '6.9.2' } },
 *     path: './kustomize',
 *     prune: true,
 *   },
 * })
 * const next = sync.with((draft) => { draft.spec.source.git.tag = '6.9.3' })
 * console.log(next.spec.interval) // 10m
 * ```
 *
 * @category Sync
 */
export class Sync extends Resource<'Sync', SyncSpec, SyncStatus> {
  constructor(input: SyncInput) {
    super(syncKind, input, (metadata, spec) => [...selfDependencies('Sync', metadata, spec.dependsOn), ...fieldRuleProblems(spec)])
  }

  /** A Sync from the text of one YAML or JSON document. `model/yaml` when it cannot be read. */
  static parse(text: string, options: { readonly origin?: string } = {}): Sync {
    return new Sync(parseDocument(text, options) as SyncInput)
  }

  /** A Sync from an object of a store. */
  static from(object: KubeObject): Sync {
    return new Sync(object as unknown as SyncInput)
  }
}
