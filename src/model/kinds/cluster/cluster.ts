import type { KubeObject } from '../../object.ts'
import { parseDocument, Resource, type ResourceInput } from '../resource.ts'
import { clusterKind } from './kind.ts'
import type { ClusterSpec, ClusterSpecInput, ClusterStatus } from './types.generated.ts'

/**
 * What a {@link Cluster} is made from. `metadata.namespace` is `default` when absent.
 *
 * @category Cluster
 */
export type ClusterInput = ResourceInput<ClusterSpecInput, ClusterStatus>

/**
 * A registered cluster: its labels, by which Modules select it, and how it is reached. What concerns it lies in its namespace. A frozen value: it
 * is valid from the moment it exists, and `with` makes a changed copy.
 *
 * @throws {@link FleetkitError} `model/invalid` with every problem as `path: found …, accepted …`.
 *
 * @example
 * ```ts
 * import { Cluster } from 'fleetkit'
 *
 * export const cluster = new Cluster({
 *   metadata: { name: 'eu-west-1', namespace: 'eu-west-1', labels: { tier: 'prod', region: 'eu-west' } },
 *   spec: { access: { kubeConfig: { secretRef: { name: 'kubeconfig' } } } },
 * })
 * ```
 *
 * @category Cluster
 */
export class Cluster extends Resource<'Cluster', ClusterSpec, ClusterStatus> {
  constructor(input: ClusterInput) {
    super(clusterKind, input, () => [])
  }

  /** A Cluster from the text of one YAML or JSON document. `model/yaml` when it cannot be read. */
  static parse(text: string, options: { readonly origin?: string } = {}): Cluster {
    return new Cluster(parseDocument(text, options) as ClusterInput)
  }

  /** A Cluster from an object of a store. */
  static from(object: KubeObject): Cluster {
    return new Cluster(object as unknown as ClusterInput)
  }
}
