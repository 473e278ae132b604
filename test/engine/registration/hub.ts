import { clusterController, type KubeObject, Manager, proxySyncController, type Store } from 'fleetkit'
import { clusterKind, clusterRegistrationKind, definitionOf, proxySyncKind } from 'fleetkit/kinds'
import type { RestorableCluster } from 'fleetkit/memory'
import {
  type ClusterRegistrationStatus,
  type RbacSubject,
  type RegistrationKey,
  registrationController,
  registrationNameOf,
} from 'fleetkit/registration'
import type { VirtualClock } from 'fleetkit/testing'
import { type CryptoKey, exportJWK, generateKeyPair } from 'jose'
import { running, type Stop } from '../running.ts'

export const registrations = 'fleetkit-registrations'
export const registrants: RbacSubject = { kind: 'ServiceAccount', namespace: registrations, name: 'registrant' }
const { apiVersion } = clusterRegistrationKind
const rbac = 'rbac.authorization.k8s.io/v1'

/** A management in which clusters can register. */
export async function startHub(hub: RestorableCluster, clock: VirtualClock): Promise<Stop> {
  for (const kind of [clusterKind, clusterRegistrationKind, proxySyncKind]) await hub.create(definitionOf(kind))
  await hub.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: registrations } })
  const manager = new Manager({ store: hub, clock }).add(
    clusterController(),
    proxySyncController(),
    registrationController({ registrants }),
  )
  return running(manager, clock)
}

/** A key pair of a cluster, and the public half as a registration has it. */
export async function keyPair(): Promise<{ readonly privateKey: CryptoKey; readonly publicKey: RegistrationKey; readonly name: string }> {
  const { privateKey, publicKey } = await generateKeyPair('ECDH-ES', { crv: 'P-256', extractable: true })
  const { kty, crv, x, y } = await exportJWK(publicKey)
  const jwk = { kty, crv, x, y } as RegistrationKey
  return { privateKey, publicKey: jwk, name: registrationNameOf(jwk) }
}

export function registrationOf(name: string, spec: object, metadata: object = {}): KubeObject {
  return { apiVersion, kind: 'ClusterRegistration', metadata: { namespace: registrations, name, ...metadata }, spec }
}

export async function statusIn(hub: Store, name: string): Promise<ClusterRegistrationStatus> {
  const object = await hub.get({ apiVersion, kind: 'ClusterRegistration', namespace: registrations, name })
  return (object?.status ?? {}) as ClusterRegistrationStatus
}

/** What there is of the Cluster `name` and its agent, by kind and name. */
export async function madeIn(hub: RestorableCluster, namespace: string): Promise<readonly string[]> {
  const types = [
    { apiVersion, kind: 'Cluster' },
    { apiVersion: 'v1', kind: 'ServiceAccount' },
    { apiVersion: rbac, kind: 'Role' },
    { apiVersion: rbac, kind: 'RoleBinding' },
  ]
  const lists = await Promise.all(types.map((type) => hub.list(type, { namespace })))
  return lists.flatMap(({ items }) => items.map(({ kind, metadata }) => `${kind} ${metadata.name}`))
}
