import type { KubeObject } from '../../object.ts'
import { parseDocument, Resource, type ResourceInput } from '../resource.ts'
import { clusterRegistrationKind } from './kind.ts'
import type { ClusterRegistrationSpec, ClusterRegistrationStatus } from './types.generated.ts'

/**
 * What a {@link ClusterRegistration} is made from. `metadata.namespace` is `default` when absent.
 *
 * @category ClusterRegistration
 */
export type ClusterRegistrationInput = ResourceInput<ClusterRegistrationSpec, ClusterRegistrationStatus>

/**
 * What a cluster sends that asks to be registered: which cluster it is, and a public key. It has no access and no labels: those are decided by who approves it. A
 * frozen value: it is valid from the moment it exists, and `with` makes a changed copy.
 *
 * @throws FleetkitError `model/invalid` with every problem as `path: found …, accepted …`.
 *
 * @example
 * ```ts
 * import { ClusterRegistration } from 'fleetkit/registration'
 *
 * export const registration = ClusterRegistration.parse(`
 * apiVersion: fleetkit.dev/v1alpha1
 * kind: ClusterRegistration
 * metadata: { namespace: fleetkit-registrations, name: registration-d1b707d7516e3ebc3a45ca72d564b78c }
 * spec:
 *   clusterUid: 0c5ab2f6-2f4e-4f5f-8d0a-5e4a1d1f9f43
 *   proposedName: shop-17
 *   publicKey:
 *     kty: EC
 *     crv: P-256
 *     x: f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU
 *     y: x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0
 * `)
 * ```
 *
 * @category ClusterRegistration
 */
export class ClusterRegistration extends Resource<'ClusterRegistration', ClusterRegistrationSpec, ClusterRegistrationStatus> {
  constructor(input: ClusterRegistrationInput) {
    super(clusterRegistrationKind, input, () => [])
  }

  /** A ClusterRegistration from the text of one YAML or JSON document. `model/yaml` when it cannot be read. */
  static parse(text: string, options: { readonly origin?: string } = {}): ClusterRegistration {
    return new ClusterRegistration(parseDocument(text, options) as ClusterRegistrationInput)
  }

  /** A ClusterRegistration from an object of a store. */
  static from(object: KubeObject): ClusterRegistration {
    return new ClusterRegistration(object as unknown as ClusterRegistrationInput)
  }
}
