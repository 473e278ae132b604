import { Cluster } from '../../model/kinds/cluster/cluster.ts'
import { PullSync } from '../../model/kinds/pull-sync/pull-sync.ts'
import type { KubeObject } from '../../model/object.ts'

/**
 * Annotation on what a cluster has written into itself when it was registered: the name of its ClusterRegistration. The token in a Secret that has it is renewed.
 *
 * @category ClusterRegistration
 */
export const registrationAnnotation = 'registration.fleetkit.dev/name'

/** What a cluster writes into itself when it is registered. */
export interface RegisteredInput {
  /** The namespace and the name of the objects here. */
  readonly namespace: string
  readonly name: string
  /** The name of the ClusterRegistration. */
  readonly registration: string
  /** The namespace of this cluster in the management. */
  readonly upstream: string
  readonly kubeconfig: string
}

/** The kubeconfig of the management, the Cluster that names it, and the PullSync: in the order in which each is of use. */
export function registeredObjects({ namespace, name, registration, upstream, kubeconfig }: RegisteredInput): readonly KubeObject[] {
  const metadata = { namespace, name, annotations: { [registrationAnnotation]: registration } }
  return [
    { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data: { value: toBase64(kubeconfig) } },
    new Cluster({ metadata, spec: { access: { kubeConfig: { secretRef: { name } } } } }).toObject(),
    new PullSync({ metadata, spec: { upstream: { cluster: { name }, namespace: upstream } } }).toObject(),
  ]
}

/** A text as the value of a Secret. */
export function toBase64(text: string): string {
  return btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(''))
}

/** The text in a value of a Secret; `undefined` when it is none. */
export function fromBase64(value: unknown): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(atob(String(value)), (digit) => digit.charCodeAt(0)))
  } catch {
    return undefined
  }
}
