// Made from the schema by `npm run generate`; do not edit.
import type { Condition } from '../../condition.ts'

/**
 * What a cluster says of itself.
 *
 * @category ClusterRegistration
 */
export interface ClusterRegistrationSpec {
  /** The uid of its namespace kube-system. */
  readonly clusterUid: string
  /** The name that it would like to have. Which one it gets is decided with the approval. */
  readonly proposedName?: string | undefined
  /** The public key of a pair that the cluster has made for this registration, as a JSON Web Key. Its first token is encrypted to it. */
  readonly publicKey: RegistrationKey
  /** For the person who decides. */
  readonly message?: string | undefined
}

/**
 * What became of a ClusterRegistration.
 *
 * @category ClusterRegistration
 */
export interface ClusterRegistrationStatus {
  /** The generation of the last outcome. */
  readonly observedGeneration?: number | undefined
  /** Ready, with the reason why not; and Stalled where only a change can repair it. */
  readonly conditions?: readonly Condition[] | undefined
  /** What a person has decided. */
  readonly decision?: RegistrationDecision | undefined
  /** The first token of the cluster, until it is in use. */
  readonly credential?: RegistrationCredential | undefined
}

/**
 * The first token of the cluster, until it is in use.
 *
 * @category ClusterRegistration
 */
export interface RegistrationCredential {
  /** JSON with token, namespace and cluster, as a compact JWE (ECDH-ES, A256GCM). */
  readonly jwe: string
  /** When it was issued. */
  readonly issuedAt: string
  /** When the token ends. */
  readonly expiresAt: string
}

/**
 * What a person has decided.
 *
 * @category ClusterRegistration
 */
export interface RegistrationDecision {
  /** Whether the cluster is to be registered. */
  readonly verdict: 'Approved' | 'Denied'
  /** Who has decided. */
  readonly by: string
  /** When. */
  readonly at: string
  /** The generation of what was decided on. */
  readonly generation: number
  /** Why it was denied, for people. */
  readonly reason?: string | undefined
  /** The name of its Cluster. */
  readonly name?: string | undefined
  /** The namespace of its Cluster. */
  readonly namespace?: string | undefined
  /** The labels of its Cluster, by which Modules select it. */
  readonly labels?: Readonly<Record<string, string>> | undefined
}

/**
 * The public key of a pair that the cluster has made for this registration, as a JSON Web Key. Its first token is encrypted to it.
 *
 * @category ClusterRegistration
 */
export interface RegistrationKey {
  /** The type of the key. */
  readonly kty: 'EC'
  /** Its curve. */
  readonly crv: 'P-256'
  /** A coordinate of the point. */
  readonly x: string
  /** The other one. */
  readonly y: string
}
