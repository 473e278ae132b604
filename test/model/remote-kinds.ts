import { Cluster, type ClusterInput, RemoteSync, type RemoteSyncInput } from 'fleetkit'
import { clusterKind, type KindDefinition, remoteSyncKind } from 'fleetkit/kinds'

/** Specifications that a kind takes, and such that it refuses, each with what the error names. */
export interface KindCases {
  readonly kind: KindDefinition
  /** A value of the class. */
  readonly make: (namespace: string, spec: object) => Cluster | RemoteSync
  readonly accepted: readonly (readonly [name: string, spec: object])[]
  readonly refused: readonly (readonly [name: string, spec: object, path: string])[]
}

const access = { kubeConfig: { secretRef: { name: 'kubeconfig' } } }
const source = { git: { url: 'https://git.example.com/shop.git', tag: 'v1' } }
const remote = { cluster: { name: 'eu' }, source, prune: true }

export const remoteKinds: readonly KindCases[] = [
  {
    kind: clusterKind,
    make: (namespace, spec) => new Cluster({ metadata: { name: 'eu', namespace }, spec: spec as ClusterInput['spec'] }),
    accepted: [
      ['a kubeconfig', { access }],
      ['a key of a Secret', { access: { kubeConfig: { secretRef: { name: 'kubeconfig', key: 'value.yaml' } } } }],
      ['an inbound cluster', { access: { inbound: {} }, suspend: true, interval: '5m' }],
    ],
    refused: [
      ['no access', {}, 'spec.access'],
      ['access of no kind', { access: {} }, 'spec.access'],
      ['both ways', { access: { ...access, inbound: {} } }, 'spec.access'],
      ['a Secret without a name', { access: { kubeConfig: { secretRef: {} } } }, 'spec.access.kubeConfig.secretRef.name'],
      ['an interval of nothing', { access, interval: '0s' }, 'spec.interval'],
    ],
  },
  {
    kind: remoteSyncKind,
    make: (namespace, spec) => new RemoteSync({ metadata: { name: 'shop', namespace }, spec: spec as RemoteSyncInput['spec'] }),
    accepted: [
      ['the least', remote],
      ['a ServiceAccount', { ...remote, serviceAccount: { name: 'deployer', namespace: 'apps' } }],
      ['dependencies', { ...remote, dependsOn: [{ name: 'base' }], wait: true }],
    ],
    refused: [
      ['no cluster', { source, prune: true }, 'spec.cluster'],
      ['a cluster of a long name', { ...remote, cluster: { name: 'a'.repeat(54) } }, 'spec.cluster.name'],
      ['no word about pruning', { cluster: { name: 'eu' }, source }, 'spec.prune'],
      ['a branch', { ...remote, source: { git: { url: source.git.url, branch: 'main' } } }, 'spec.source.git'],
      ['half a ServiceAccount', { ...remote, serviceAccount: { name: 'deployer' } }, 'spec.serviceAccount.namespace'],
    ],
  },
]
