import {
  Assemblage,
  type AssemblageInput,
  Cluster,
  type ClusterInput,
  ProxySync,
  type ProxySyncInput,
  PullSync,
  type PullSyncInput,
  RemoteAssemblage,
  type RemoteAssemblageInput,
  RemoteSync,
  type RemoteSyncInput,
} from 'fleetkit'
import {
  assemblageKind,
  clusterKind,
  type KindDefinition,
  proxySyncKind,
  pullSyncKind,
  remoteAssemblageKind,
  remoteSyncKind,
} from 'fleetkit/kinds'

/** Specifications that a kind takes, and such that it refuses, each with what the error names. */
export interface KindCases {
  readonly kind: KindDefinition
  /** A value of the class. */
  readonly make: (namespace: string, spec: object) => Cluster | RemoteSync | ProxySync | PullSync | Assemblage | RemoteAssemblage
  readonly accepted: readonly (readonly [name: string, spec: object])[]
  readonly refused: readonly (readonly [name: string, spec: object, path: string])[]
}

const access = { kubeConfig: { secretRef: { name: 'kubeconfig' } } }
const source = { git: { url: 'https://git.example.com/shop.git', tag: 'v1' } }
const remote = { cluster: { name: 'eu' }, source, prune: true }

const proxy = { cluster: { name: 'eu' }, template: { spec: { source, prune: true } } }
const upstream = { cluster: { name: 'management' }, namespace: 'eu' }

const commit = 'a'.repeat(40)
const assembled = { name: 'shop', source: { git: { url: source.git.url, commit } }, prune: true }

const assigned = { name: 'shop', revision: 'shop-0123456789abcdef', generation: 1, at: '2026-01-31T12:00:00Z', digest: '0123456789abcdef' }
const lean = (...modules: readonly object[]) => ({ cluster: { name: 'eu' }, template: { spec: { syncs: [] } }, modules })

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
  {
    kind: proxySyncKind,
    make: (namespace, spec) => new ProxySync({ metadata: { name: 'shop', namespace }, spec: spec as ProxySyncInput['spec'] }),
    accepted: [
      ['the least', proxy],
      ['a name and a namespace', { ...proxy, template: { ...proxy.template, metadata: { name: 'web', namespace: 'apps' } } }],
      [
        'all that it can say',
        { ...proxy, edits: 'Report', adopt: true, deletionPolicy: 'Orphan', suspend: true, dependsOn: [{ name: 'base' }] },
      ],
    ],
    refused: [
      ['no cluster', { template: proxy.template }, 'spec.cluster'],
      ['no template', { cluster: { name: 'eu' } }, 'spec.template'],
      ['a Sync without a specification', { ...proxy, template: {} }, 'spec.template.spec'],
      ['a Sync without a source', { ...proxy, template: { spec: { prune: true } } }, 'spec.template.spec.source'],
      [
        'a Sync at a branch',
        { ...proxy, template: { spec: { prune: true, source: { git: { url: source.git.url, branch: 'main' } } } } },
        'spec.template.spec.source.git',
      ],
      [
        'a Sync of a long name',
        { ...proxy, template: { ...proxy.template, metadata: { name: 'a'.repeat(54) } } },
        'spec.template.metadata.name',
      ],
      ['a policy of its own', { ...proxy, deletionPolicy: 'Keep' }, 'spec.deletionPolicy'],
    ],
  },
  {
    kind: assemblageKind,
    make: (namespace, spec) => new Assemblage({ metadata: { name: 'eu', namespace }, spec: spec as AssemblageInput['spec'] }),
    accepted: [
      ['no sync', { syncs: [] }],
      ['one', { syncs: [assembled] }],
      [
        'all that it can say',
        {
          driver: 'flux',
          syncs: [
            { ...assembled, dependsOn: [{ name: 'base', readyExpr: 'true' }], wait: true },
            { ...assembled, name: 'base' },
          ],
          edits: 'Report',
          deletionPolicy: 'Orphan',
          suspend: true,
        },
      ],
    ],
    refused: [
      ['no list of syncs', {}, 'spec.syncs'],
      ['a sync without a name', { syncs: [{ ...assembled, name: undefined }] }, 'spec.syncs[0].name'],
      ['a tag alone', { syncs: [{ ...assembled, source }] }, 'spec.syncs[0].source.git.commit'],
      ['a short commit', { syncs: [{ ...assembled, source: { git: { url: source.git.url, commit: 'abcdef1' } } }] }, 'git.commit'],
      ['no word about pruning', { syncs: [{ ...assembled, prune: undefined }] }, 'spec.syncs[0].prune'],
      ['a policy of its own', { syncs: [], deletionPolicy: 'Keep' }, 'spec.deletionPolicy'],
      ['more than a thousand', { syncs: Array.from({ length: 1001 }, (_, at) => ({ ...assembled, name: `s${at}` })) }, 'spec.syncs'],
    ],
  },
  {
    kind: remoteAssemblageKind,
    make: (namespace, spec) => new RemoteAssemblage({ metadata: { name: 'shop', namespace }, spec: spec as RemoteAssemblageInput['spec'] }),
    accepted: [
      ['no sync', { cluster: { name: 'eu' }, template: { spec: { syncs: [] } } }],
      ['one, by flux', { cluster: { name: 'eu' }, template: { spec: { driver: 'flux', syncs: [assembled] } }, edits: 'Report' }],
      ['no module', lean()],
      ['modules', lean(assigned, { ...assigned, name: 'web', at: '2026-01-31T12:00:00.5+01:00', values: { region: 'eu', none: '' } })],
    ],
    refused: [
      ['a module without a name', lean({ ...assigned, name: undefined }), 'spec.modules[0].name'],
      ['a module of a name that is too long', lean({ ...assigned, name: 'a'.repeat(54) }), 'spec.modules[0].name'],
      ['a module without a revision', lean({ ...assigned, revision: undefined }), 'spec.modules[0].revision'],
      ['a revision that is no name', lean({ ...assigned, revision: 'shop/1' }), 'spec.modules[0].revision'],
      ['an assignment that is none', lean({ ...assigned, generation: 0 }), 'spec.modules[0].generation'],
      ['half an assignment', lean({ ...assigned, generation: 1.5 }), 'spec.modules[0].generation'],
      ['a time that is none', lean({ ...assigned, at: 'today' }), 'spec.modules[0].at'],
      ['a digest in capitals', lean({ ...assigned, digest: '0123456789ABCDEF' }), 'spec.modules[0].digest'],
      ['a digest that is too short', lean({ ...assigned, digest: '0123' }), 'spec.modules[0].digest'],
      ['a value that is no text', lean({ ...assigned, values: { replicas: 3 } }), 'spec.modules[0].values.replicas'],
      ['more modules than a thousand', lean(...Array.from({ length: 1001 }, (_, at) => ({ ...assigned, name: `m${at}` }))), 'spec.modules'],
      ['no template', { cluster: { name: 'eu' } }, 'spec.template'],
      ['no list of syncs', { cluster: { name: 'eu' }, template: { spec: {} } }, 'spec.template.spec.syncs'],
      ['a tag alone', { cluster: { name: 'eu' }, template: { spec: { syncs: [{ ...assembled, source }] } } }, 'source.git.commit'],
    ],
  },
  {
    kind: pullSyncKind,
    make: (namespace, spec) => new PullSync({ metadata: { name: 'management', namespace }, spec: spec as PullSyncInput['spec'] }),
    accepted: [
      ['the least', { upstream }],
      ['one that is suspended', { upstream, suspend: true }],
    ],
    refused: [
      ['no upstream', {}, 'spec.upstream'],
      ['an upstream without a Cluster', { upstream: { namespace: 'eu' } }, 'spec.upstream.cluster'],
      ['an upstream without a namespace', { upstream: { cluster: { name: 'management' } } }, 'spec.upstream.namespace'],
      ['a namespace that is no name', { upstream: { ...upstream, namespace: 'EU' } }, 'spec.upstream.namespace'],
    ],
  },
]
