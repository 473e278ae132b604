import { randomBytes } from 'node:crypto'
import { type ClusterApi, type FleetkitError, type KubeObject, Module, type ModuleInput } from 'fleetkit'
import { BootstrapModule, type BootstrapModuleInput } from 'fleetkit/bootstrap-module'
import { ModuleRevision, moduleRevisionOf } from 'fleetkit/fleet'
import { bootstrapModuleKind, definitionOf, moduleKind, moduleRevisionKind } from 'fleetkit/kinds'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { Canary, OneAtATime, Rolling, Staged } from 'fleetkit/rollout'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWithServers, sharedControlPlane, waitEstablished } from '../servers/index.ts'

const source = { git: { url: 'https://git.example.com/ingress.git', tag: 'v1.2.3' } }

const accepted: readonly [name: string, spec: Partial<ModuleInput['spec']>][] = [
  ['the least', {}],
  ['every cluster', { clusters: {} }],
  ['a number', { rollout: new Rolling({ maxUnavailable: 1, within: 'topology.kubernetes.io/region' }) }],
  [
    'a percentage',
    { rollout: new Rolling({ maxUnavailable: '12.5%', maxConcurrency: 'all', maxFailureRate: { percent: 10, minSample: 3 } }) },
  ],
  [
    'stages',
    { rollout: new Staged([{ name: 'eu', selector: {}, windows: [{ from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' }] }]) },
  ],
  [
    'a canary',
    { rollout: new Canary({ soak: '1h', onHalt: 'revertFailed', next: new OneAtATime({ sortBy: [{ label: 'wave', as: 'number' }] }) }) },
  ],
  ['dependencies', { dependsOn: [{ name: 'dns', version: '>=1.4 <2' }] }],
  ['clusters by name and by a rule', { clusters: { names: ['eu-1'], expr: "cluster.metadata.labels.tier == 'prod'" } }],
  ['promotion', { source: { git: { url: source.git.url, promoteFrom: { name: 'staging' } } } }],
  [
    'windows and freezes',
    {
      windows: [{ schedule: '0 22 * * *', duration: '4h', timeZoneLabel: 'example.com/time-zone', selector: { matchLabels: { a: 'b' } } }],
      freezes: [{ name: 'holidays', from: '2026-12-20T00:00:00Z', to: '2027-01-04T00:00:00Z' }],
    },
  ],
  [
    'parameters',
    {
      parameters: [
        { name: 'host', value: '$(region).example.com' },
        { name: 'region', valueFrom: { clusterFieldRef: { pointer: '/metadata/labels/region' }, default: 'eu' } },
        { name: 'size', valueFrom: { objectFieldRef: { apiVersion: 'v1', kind: 'ConfigMap', name: '$(region)', pointer: '/data/size' } } },
      ],
    },
  ],
  ['policies', { priority: -3, deletionPolicy: 'Refuse', removalPolicy: 'Orphan' }],
]
const refused: readonly [name: string, spec: object, path: string][] = [
  ['a branch', { source: { git: { url: source.git.url, branch: 'main' } } }, 'spec.source.git'],
  ['two strategies', { rollout: { allAtOnce: {}, oneAtATime: {} } }, 'spec.rollout'],
  ['no strategy', { rollout: {} }, 'spec.rollout'],
  ['an unknown strategy', { rollout: { blueGreen: {} } }, 'spec.rollout'],
  ['rolling without maxUnavailable', { rollout: { rolling: {} } }, 'spec.rollout.rolling.maxUnavailable'],
  ['a negative number', { rollout: { rolling: { maxUnavailable: -1 } } }, 'spec.rollout.rolling.maxUnavailable'],
  ['a number as text', { rollout: { rolling: { maxUnavailable: '5' } } }, 'spec.rollout.rolling.maxUnavailable'],
  ['more than 100 %', { rollout: { rolling: { maxUnavailable: '101%' } } }, 'spec.rollout.rolling.maxUnavailable'],
  ['a fraction', { rollout: { rolling: { maxUnavailable: 1.5 } } }, 'spec.rollout.rolling.maxUnavailable'],
  ['no stages', { rollout: { staged: { stages: [] } } }, 'spec.rollout.staged.stages'],
  ['promotion beside a tag', { source: { git: { ...source.git, promoteFrom: { name: 'staging' } } } }, 'spec.source.git'],
  ['a window without a beginning', { windows: [{ duration: '4h' }] }, 'spec.windows[0]'],
  ['a parameter without a value', { parameters: [{ name: 'a' }] }, 'spec.parameters[0]'],
  ['a parameter from two fields', { parameters: [{ name: 'a', value: '', valueFrom: {} }] }, 'spec.parameters[0]'],
  [
    'a type that there is not',
    { parameters: [{ name: 'a', valueFrom: { clusterFieldRef: { pointer: '/metadata/name', type: 'list' } } }] },
    'spec.parameters[0].valueFrom.clusterFieldRef.type',
  ],
  ['a policy of another kind', { deletionPolicy: 'MirrorPrune' }, 'spec.deletionPolicy'],
  ['a canary after a canary', { rollout: { canary: { next: { canary: {} } } } }, 'spec.rollout.canary.next'],
]

describeWithServers('the definition of a Module on a real API server', () => {
  let cluster: ClusterApi
  const namespace = `modules-${randomBytes(4).toString('hex')}`

  beforeAll(async () => {
    const plane = await sharedControlPlane()
    cluster = await kubernetesCluster({ kubeconfig: plane.kubeconfig })
    const [result] = await cluster.apply([definitionOf(moduleKind)], { fieldManager: 'test' })
    if (result !== undefined && 'error' in result) throw result.error
    await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    await waitEstablished(plane.kubeconfigPath, 'crd/modules.fleetkit.dev')
  }, 60_000)
  afterAll(() => cluster[Symbol.asyncDispose]())

  async function ask(object: KubeObject): Promise<{ readonly object: KubeObject } | { readonly error: FleetkitError }> {
    const [result] = await cluster.apply([object], { fieldManager: 'test', dryRun: true })
    return result as { readonly object: KubeObject } | { readonly error: FleetkitError }
  }

  test.each(accepted)('%s: accepted by both, with the same defaults', async (_, spec) => {
    const module = new Module({ metadata: { name: 'ingress', namespace }, spec: { source, ...spec } })
    const written = JSON.parse(JSON.stringify({ source, ...spec })) as object
    const answer = await ask({ ...module.toObject(), spec: written })
    expect('error' in answer ? answer.error : answer.object.spec).toEqual(module.spec)
  })

  test.each(refused)('%s: refused by both', async (_, spec, path) => {
    const object = {
      apiVersion: moduleKind.apiVersion,
      kind: 'Module',
      metadata: { name: 'ingress', namespace },
      spec: { source, ...spec },
    }
    const answer = await ask(object)
    expect('error' in answer && answer.error.code).toBe('cluster/invalid')
    expect(() => Module.from(object)).toThrow(path)
  })
})

describeWithServers('the definition of a ModuleRevision on a real API server', () => {
  test('keeps its spec as it was written, and lets labels change', async () => {
    const plane = await sharedControlPlane()
    await using cluster = await kubernetesCluster({ kubeconfig: plane.kubeconfig })
    const [result] = await cluster.apply([definitionOf(moduleRevisionKind)], { fieldManager: 'test' })
    if (result !== undefined && 'error' in result) throw result.error
    const namespace = `revisions-${randomBytes(4).toString('hex')}`
    await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    await waitEstablished(plane.kubeconfigPath, 'crd/modulerevisions.fleetkit.dev')
    const parameters = [{ name: 'region', valueFrom: { clusterFieldRef: { pointer: '/metadata/labels/region' } } }]
    const module = new Module({ metadata: { name: 'ingress', namespace }, spec: { source, parameters, dependsOn: [{ name: 'dns' }] } })
    const revision = moduleRevisionOf(module, { tag: 'v1.2.3', commit: '4ab8f5d3e1f0c2b7a6958473625140fedcba9876' })

    const stored = await cluster.create(JSON.parse(JSON.stringify(revision)))
    expect(ModuleRevision.from(stored).spec).toEqual(revision.spec)
    const labelled = await cluster.update({ ...stored, metadata: { ...stored.metadata, labels: { a: 'b' } } })
    const edited = { ...labelled, spec: { ...revision.spec, path: './other' } }
    await expect(cluster.update(edited)).rejects.toMatchObject({
      code: 'cluster/immutable',
      problems: [{ path: 'spec', found: 'another value', accepted: 'field is immutable' }],
    })
  }, 60_000)
})

describeWithServers('the definition of a BootstrapModule on a real API server', () => {
  test('has the defaults of the value, and lets the Sync that takes over be no other', async () => {
    const plane = await sharedControlPlane()
    await using cluster = await kubernetesCluster({ kubeconfig: plane.kubeconfig })
    const [result] = await cluster.apply([definitionOf(bootstrapModuleKind)], { fieldManager: 'test' })
    if (result !== undefined && 'error' in result) throw result.error
    const namespace = `bootstrap-${randomBytes(4).toString('hex')}`
    await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    await waitEstablished(plane.kubeconfigPath, 'crd/bootstrapmodules.fleetkit.dev')
    const sync = { namespace: 'fleetkit', name: 'management' }
    const make = (name: string, spec: Partial<BootstrapModuleInput['spec']>): BootstrapModule =>
      new BootstrapModule({ metadata: { name, namespace }, spec: { source, clusters: {}, removalPolicy: 'Orphan', ...spec } })
    const written = { source, clusters: {}, removalPolicy: 'Orphan', handOver: { sync } }
    const given = { ...make('agent', { handOver: { sync } }).toObject(), spec: written }

    const stored = await cluster.create(given as KubeObject)
    expect(stored.spec).toEqual(make('agent', { handOver: { sync } }).spec)
    const plain = await cluster.create(make('plain', {}).toObject())
    const change = (object: KubeObject, handOver: unknown): Promise<KubeObject> =>
      cluster.update({ ...object, spec: { ...(object.spec as object), handOver } as KubeObject['spec'] }, { dryRun: true })
    await expect(change(stored, { sync, timeout: '1h' })).resolves.toBeDefined()
    for (const [object, handOver] of [
      [stored, { sync: { ...sync, name: 'other' } }],
      [stored, undefined],
      [plain, { sync }],
    ] as const)
      await expect(change(object, handOver)).rejects.toMatchObject({ problems: [{ accepted: 'spec.handOver.sync is immutable' }] })
    await expect(change(stored, { sync, timeout: '0s' })).rejects.toMatchObject({ code: 'cluster/invalid' })
  }, 60_000)
})
