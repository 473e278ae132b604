import {
  Cluster,
  type ClusterApi,
  type KubeObject,
  Manager,
  Module,
  type ModuleInput,
  type ModuleStatus,
  moduleController,
  type RemoteAssemblageSpec,
  rolloutController,
} from 'fleetkit'
import { allModules, type StoredRolloutStatus } from 'fleetkit/fleet'
import { roles } from 'fleetkit/install'
import { kinds } from 'fleetkit/kinds'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { memoryGit } from 'fleetkit/memory'
import { RolloutOperations } from 'fleetkit/operations'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { configMap, url } from '../engine/sync/scenarios.ts'
import { reported } from '../internals.ts'
import { describeWithServers, kubectl } from '../servers/index.ts'
import { type OwnCluster, startOwnCluster } from './own-cluster.ts'

const patience = { timeout: 20_000, interval: 100 }
const apiVersion = 'fleetkit.dev/v1alpha1'
const rbac = 'rbac.authorization.k8s.io'
const [by, reason] = ['ann', 'incident 42']
const staged = {
  staged: {
    stages: [
      { name: 'canary', limit: 1 },
      { name: 'fleet', approvals: 1 },
    ],
  },
} as const

/** Every right of people and of controllers is that of their role, and nothing else. */
describeWithServers('operations on rollouts', () => {
  const stack = new AsyncDisposableStack()
  const git = memoryGit()
  for (const tag of ['v1', 'v2', 'v3']) git.tag(url, tag, git.commit(url, { 'map.yaml': configMap('shop', { tag }) }))
  const failing = new Set<string>()
  let hub: OwnCluster
  let operator: ClusterApi
  let namespace: string
  let fleet: RolloutOperations

  const patch = (kind: string, name: string, change: object) =>
    kubectl(hub.server.kubeconfigPath, ['patch', kind, name, `--namespace=${namespace}`, '--type=merge', '-p', JSON.stringify(change)])
  const get = async (kind: string, name: string) => (await hub.cluster.get({ apiVersion, kind, namespace, name })) as KubeObject
  const status = async () => ((await get('Module', 'shop')).status ?? {}) as Partial<ModuleStatus>
  const assigned = async () => {
    const { items } = await hub.cluster.list({ apiVersion, kind: 'RemoteAssemblage' }, { namespace })
    const { items: revisions } = await hub.cluster.list({ apiVersion, kind: 'ModuleRevision' }, { namespace })
    const tagOf = (name: string | undefined) =>
      (revisions.find(({ metadata }) => metadata.name === name)?.spec as Module['spec'] | undefined)?.source.git.tag
    return Object.fromEntries(
      items.map(({ metadata, spec }) => [metadata.name, tagOf((spec as RemoteAssemblageSpec).modules?.[0]?.revision)]),
    )
  }
  const eventually = (expected: object) => vi.waitFor(async () => expect(await assigned()).toEqual(expected), patience)
  const phase = (expected: string) => vi.waitFor(async () => expect(await status()).toMatchObject({ phase: expected }), patience)
  const release = async (spec: Partial<ModuleInput['spec']> & { readonly tag: string }) => {
    const { tag, ...rest } = spec
    await patch('module', 'shop', { spec: { source: { git: { url, tag } }, ...rest } })
  }

  beforeAll(async () => {
    hub = stack.use(await startOwnCluster({ users: ['controller', 'operator'] }))
    const { cluster } = hub
    await hub.define(...Object.values(kinds))
    for (const result of await cluster.apply(roles(), { fieldManager: 'test' })) if ('error' in result) throw result.error
    for (const [user, role] of [
      ['controller', 'manager'],
      ['controller', 'module-controller'],
      ['controller', 'rollout-controller'],
      ['operator', 'operator'],
    ])
      await cluster.create({
        apiVersion: `${rbac}/v1`,
        kind: 'ClusterRoleBinding',
        metadata: { name: `${user}-${role}` },
        roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: `fleetkit-${role}` },
        subjects: [{ apiGroup: rbac, kind: 'User', name: user }],
      } as KubeObject)
    namespace = await hub.namespace()
    operator = stack.use(await kubernetesCluster({ kubeconfig: hub.server.kubeconfigOf('operator') }))
    fleet = new RolloutOperations({ store: operator, namespace })
    const controller = stack.use(await kubernetesCluster({ kubeconfig: hub.server.kubeconfigOf('controller') }))
    const stop = new AbortController()
    const rollouts = rolloutController({ namespaces: [namespace] })
    const running = new Manager({ store: controller, git, namespaces: [namespace] })
      .add(moduleController(), rollouts)
      .run({ signal: stop.signal })
    stack.defer(async () => {
      stop.abort()
      await running
    })
    for (const name of ['a', 'b', 'c']) {
      await cluster.create(
        new Cluster({ metadata: { name, namespace }, spec: { access: { kubeConfig: { secretRef: { name } } } } }).toObject(),
      )
      const ready = { type: 'Ready', status: 'True', reason: 'Reachable', message: '', lastTransitionTime: new Date().toISOString() }
      await cluster.update({ ...(await get('Cluster', name)), status: { conditions: [ready] } } as KubeObject, { subresource: 'status' })
    }
    const answering = setInterval(() => void answer().catch(() => {}), 100)
    stack.defer(() => clearInterval(answering))
    const source = { git: { url, tag: 'v1' } }
    await cluster.create(new Module({ metadata: { name: 'shop', namespace }, spec: { source, clusters: {}, rollout: staged } }).toObject())
  }, 120_000)
  afterAll(() => stack.disposeAsync(), 60_000)

  /** What the clusters say of what they are assigned. */
  async function answer(): Promise<void> {
    const { items } = await hub.cluster.list({ apiVersion, kind: 'RemoteAssemblage' }, { namespace })
    for (const object of items) {
      const { modules = [] } = object.spec as RemoteAssemblageSpec
      const phases = new Map(modules.map((each) => [each, failing.has(each.revision) ? ('Failed' as const) : ('Ready' as const)]))
      const next = reported(object, phases, Date.now())
      if (next !== undefined) await hub.cluster.update(next, { subresource: 'status' })
    }
  }

  test('approve: what was seen begins, and nothing else; kubectl does the same', async () => {
    await eventually({ a: 'v1' })
    await vi.waitFor(async () => expect(await fleet.awaiting('shop')).toMatchObject([{ stage: 'fleet', clusters: 2 }]), patience)
    const [seen] = await fleet.awaiting('shop')
    const wrong = fleet.approve('shop', { stage: 'fleet', by, digest: '0123456789abcdef' })
    await expect(wrong).rejects.toMatchObject({ code: 'operation/refused', message: expect.stringContaining(seen?.digest as string) })
    await fleet.approve('shop', { stage: 'fleet', by, digest: seen?.digest as string })
    await phase('Complete')
    expect(await assigned()).toEqual({ a: 'v1', b: 'v1', c: 'v1' })
    await release({ tag: 'v2' })
    await vi.waitFor(async () => {
      const { approvals = [] } = ((await get('Rollout', 'shop')).status ?? {}) as StoredRolloutStatus
      expect(await assigned()).toEqual({ a: 'v2', b: 'v1', c: 'v1' })
      expect(approvals).toMatchObject([{ message: expect.stringContaining('approvals (0 of 1)') }])
      await patch('rollout', 'shop', { spec: { approvals: [{ stage: 'fleet', by, digest: approvals[0]?.digest }] } })
    }, patience)
    await phase('Complete')
    expect(await assigned()).toEqual({ a: 'v2', b: 'v2', c: 'v2' })
  })

  test('the handbrake stops the fleet, and lets it go on', async () => {
    await fleet.pullHandbrake({ by, reason })
    await phase('Paused')
    await patch('module', 'shop', { spec: { rollout: { allAtOnce: {}, staged: null } } })
    await release({ tag: 'v3' })
    await vi.waitFor(
      async () => expect(await status()).toMatchObject({ observedGeneration: (await get('Module', 'shop')).metadata.generation }),
      patience,
    )
    expect(await assigned()).toEqual({ a: 'v2', b: 'v2', c: 'v2' })
    await patch('rollout', allModules, { spec: { handbrake: null } })
    await eventually({ a: 'v3', b: 'v3', c: 'v3' })
    await phase('Complete')
  })

  test('a cluster is restored to what was good there, stays so, and catches up once it is unpinned', async () => {
    const pair = { module: 'shop', cluster: 'b' }
    await fleet.restore(pair, { by, reason })
    await eventually({ a: 'v3', b: 'v2', c: 'v3' })
    await release({ tag: 'v1' })
    await eventually({ a: 'v1', b: 'v2', c: 'v1' })
    await fleet.unpin(pair)
    await eventually({ a: 'v1', b: 'v1', c: 'v1' })
    await phase('Complete')
  })

  test('an emergency passes a freeze, which holds again for the next version', async () => {
    const freezes = [{ name: 'holidays', from: '2020-01-01T00:00:00Z', to: '2099-01-01T00:00:00Z' }]
    await patch('module', 'shop', { spec: { freezes } })
    await release({ tag: 'v2' })
    await phase('Running')
    expect(await assigned()).toEqual({ a: 'v1', b: 'v1', c: 'v1' })
    await fleet.declareEmergency('shop', { by, reason })
    await eventually({ a: 'v2', b: 'v2', c: 'v2' })
    await phase('Complete')
    await release({ tag: 'v1' })
    await phase('Running')
    expect(await assigned()).toEqual({ a: 'v2', b: 'v2', c: 'v2' })
    await fleet.endEmergency('shop')
    await patch('module', 'shop', { spec: { freezes: null } })
    await eventually({ a: 'v1', b: 'v1', c: 'v1' })
    await phase('Complete')
  })

  test('pause, resume, abort, retry and roll back', async () => {
    const admin = new RolloutOperations({ store: hub.cluster, namespace })
    await patch('module', 'shop', { spec: { rollout: { rolling: { maxUnavailable: 1 }, allAtOnce: null } } })
    const { revision: good } = await status()
    await admin.pause('shop')
    await phase('Paused')
    await release({ tag: 'v2' })
    await vi.waitFor(async () => expect((await status()).revision).not.toBe(good), patience)
    failing.add((await status()).revision as string)
    expect(await assigned()).toEqual({ a: 'v1', b: 'v1', c: 'v1' })
    await admin.resume('shop')
    await phase('Halted')
    expect(await assigned()).toEqual({ a: 'v2', b: 'v1', c: 'v1' })
    await admin.abort('shop')
    await phase('Aborted')
    await admin.retry('shop')
    await phase('Halted')
    expect(await admin.rollBack('shop')).toBe(good)
    await phase('Complete')
    expect(await assigned()).toEqual({ a: 'v1', b: 'v1', c: 'v1' })
    // Who operates may not change Modules.
    await expect(fleet.pause('shop')).rejects.toMatchObject({ code: 'cluster/forbidden' })
  })
})
