import type { KubeObject } from '../../object.ts'
import { parseDocument, problemsWithin, Resource, type ResourceInput, selfDependencies } from '../resource.ts'
import { Sync } from '../sync/sync.ts'
import { proxySyncKind } from './kind.ts'
import type { ProxySyncSpec, ProxySyncSpecInput, ProxySyncStatus } from './types.generated.ts'

/**
 * What a {@link ProxySync} is made from. `metadata.namespace` is `default` when absent.
 *
 * @category ProxySync
 */
export type ProxySyncInput = ResourceInput<ProxySyncSpecInput, ProxySyncStatus>

/**
 * Keeps a `Sync` in another cluster, which applies its source there by itself, also while this management is away, and shows here what it reports. A
 * frozen value: it is valid from the moment it exists, and `with` makes a changed copy.
 *
 * @throws {@link FleetkitError} `model/invalid` with every problem as `path: found …, accepted …`.
 *
 * @example
 * ```ts
 * import { ProxySync } from 'fleetkit'
 *
 * export const ingress = new ProxySync({
 *   metadata: { name: 'ingress', namespace: 'eu-west-1' },
 *   spec: {
 *     cluster: { name: 'eu-west-1' },
 *     template: {
 *       metadata: { namespace: 'fleet' },
 *       spec: { source: { git: { url: 'https://example.com/ingress.git', tag: 'v1.4.0' } }, prune: true },
 *     },
 *   },
 * })
 * ```
 *
 * @category ProxySync
 */
export class ProxySync extends Resource<'ProxySync', ProxySyncSpec, ProxySyncStatus> {
  constructor(input: ProxySyncInput) {
    super(proxySyncKind, input, ({ name, namespace }, spec) => [
      ...selfDependencies('ProxySync', { name, namespace }, spec.dependsOn),
      ...problemsWithin('spec.template', () => syncOf(name, spec.template)),
    ])
  }

  /** A ProxySync from the text of one YAML or JSON document. `model/yaml` when it cannot be read. */
  static parse(text: string, options: { readonly origin?: string } = {}): ProxySync {
    return new ProxySync(parseDocument(text, options) as ProxySyncInput)
  }

  /** A ProxySync from an object of a store. */
  static from(object: KubeObject): ProxySync {
    return new ProxySync(object as unknown as ProxySyncInput)
  }

  /** The Sync as it is to be in the cluster. */
  get sync(): Sync {
    return syncOf(this.metadata.name, this.spec.template)
  }
}

function syncOf(name: string, { metadata, spec }: ProxySyncSpecInput['template']): Sync {
  return new Sync({ metadata: { name: metadata?.name ?? name, namespace: metadata?.namespace ?? 'default' }, spec })
}
