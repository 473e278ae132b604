import type { KubeObject } from '../../object.ts'
import { Assemblage } from '../assemblage/assemblage.ts'
import { parseDocument, problemsWithin, Resource, type ResourceInput, selfDependencies } from '../resource.ts'
import { remoteAssemblageKind } from './kind.ts'
import type { RemoteAssemblageSpec, RemoteAssemblageSpecInput, RemoteAssemblageStatus } from './types.generated.ts'

/**
 * What a {@link RemoteAssemblage} is made from. `metadata.namespace` is `default` when absent.
 *
 * @category RemoteAssemblage
 */
export type RemoteAssemblageInput = ResourceInput<RemoteAssemblageSpecInput, RemoteAssemblageStatus>

/**
 * Keeps an `Assemblage` in another cluster, whose syncs are applied there also while this management is away, and shows here what it reports. A
 * frozen value: it is valid from the moment it exists, and `with` makes a changed copy.
 *
 * @throws {@link FleetkitError} `model/invalid` with every problem as `path: found …, accepted …`.
 *
 * @example
 * ```ts
 * import { RemoteAssemblage } from 'fleetkit'
 *
 * const git = { url: 'https://example.com/platform.git', commit: '4ab8f5d3e1f0c2b7a6958473625140fedcba9876', tag: 'v1.4.0' }
 * export const platform = new RemoteAssemblage({
 *   metadata: { name: 'platform', namespace: 'eu-west-1' },
 *   spec: {
 *     cluster: { name: 'eu-west-1' },
 *     template: {
 *       metadata: { namespace: 'fleet' },
 *       spec: { driver: 'flux', syncs: [{ name: 'base', source: { git }, prune: true }] },
 *     },
 *   },
 * })
 * ```
 *
 * @category RemoteAssemblage
 */
export class RemoteAssemblage extends Resource<'RemoteAssemblage', RemoteAssemblageSpec, RemoteAssemblageStatus> {
  constructor(input: RemoteAssemblageInput) {
    super(remoteAssemblageKind, input, ({ name, namespace }, spec) => [
      ...selfDependencies('RemoteAssemblage', { name, namespace }, spec.dependsOn),
      ...problemsWithin('spec.template', () => assemblageOf(name, spec.template)),
    ])
  }

  /** A RemoteAssemblage from the text of one YAML or JSON document. `model/yaml` when it cannot be read. */
  static parse(text: string, options: { readonly origin?: string } = {}): RemoteAssemblage {
    return new RemoteAssemblage(parseDocument(text, options) as RemoteAssemblageInput)
  }

  /** A RemoteAssemblage from an object of a store. */
  static from(object: KubeObject): RemoteAssemblage {
    return new RemoteAssemblage(object as unknown as RemoteAssemblageInput)
  }

  /** The Assemblage as it is to be in the cluster. */
  get assemblage(): Assemblage {
    return assemblageOf(this.metadata.name, this.spec.template)
  }
}

function assemblageOf(name: string, { metadata, spec }: RemoteAssemblageSpecInput['template']): Assemblage {
  return new Assemblage({ metadata: { name: metadata?.name ?? name, namespace: metadata?.namespace ?? 'default' }, spec })
}
