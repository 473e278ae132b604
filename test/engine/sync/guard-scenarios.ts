import { randomBytes } from 'node:crypto'
import {
  type Action,
  actionsOf,
  type ClusterApi,
  type FleetEvent,
  hasCode,
  type KubeObject,
  type ObjectRef,
  ownerLabels,
  refOf,
  SyncRunner,
  type SyncStatus,
} from 'fleetkit'
import { parseInventory } from 'fleetkit/manifest'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Subject } from './cluster-in-memory.ts'
import { configMap, repository, syncOf } from './scenarios.ts'

/** What a Sync does not take along when it deletes, and how it finds again what it lost. */
export function guardScenarios(make: () => Promise<Subject>): void {
  let subject: Subject
  let cluster: ClusterApi
  beforeAll(async () => {
    subject = await make()
    cluster = subject.cluster
  })
  afterAll(async () => subject[Symbol.asyncDispose]())

  async function setUp(versions: Parameters<typeof repository>[0]) {
    const namespace = await subject.namespace()
    const runner = new SyncRunner({ cluster, git: repository(versions) })
    const events: FleetEvent[] = []
    runner.events.on('*', (event) => events.push(event))
    return {
      namespace,
      runner,
      events,
      run: (tag: string) => runner.run(syncOf(namespace, tag)),
      plan: async (tag: string, kind: string): Promise<Action | undefined> =>
        actionsOf(await runner.plan(syncOf(namespace, tag))).find(({ ref }) => ref.kind === kind),
    }
  }
  const unique = (): string => randomBytes(4).toString('hex')
  const kindsIn = (status: SyncStatus): readonly string[] => [...parseInventory(status.inventory).map(({ kind }) => kind)].sort()
  const annotate = async (ref: ObjectRef, annotations: Readonly<Record<string, string>>): Promise<void> => {
    const object = (await cluster.get(ref)) as KubeObject
    await cluster.update({ ...object, metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, ...annotations } } })
  }

  test('a definition stays while there are objects of its type that are not to go', async () => {
    const group = `g${unique()}.example.com`
    const definition: KubeObject = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `widgets.${group}` },
      spec: {
        group,
        names: { kind: 'Widget', plural: 'widgets' },
        scope: 'Namespaced',
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
      },
    }
    const widget = (name: string) => ({ apiVersion: `${group}/v1`, kind: 'Widget', metadata: { name } })
    const { namespace, run, plan } = await setUp({
      v1: { 'crd.json': JSON.stringify(definition), 'ours.json': JSON.stringify(widget('ours')), 'a.yaml': configMap('a') },
      v2: { 'a.yaml': configMap('a') },
    })
    await run('v1')
    await cluster.create({ ...widget('theirs'), metadata: { name: 'theirs', namespace } })
    expect(await plan('v2', 'CustomResourceDefinition')).toMatchObject({
      type: 'skip',
      reason: {
        code: 'definition-in-use',
        message: expect.stringContaining(`1 object is of its type: Widget ${namespace}/theirs; annotate it`),
      },
    })
    expect(kindsIn(await run('v2'))).toEqual(['ConfigMap', 'CustomResourceDefinition'])
    const refs = await cluster.list({ apiVersion: `${group}/v1`, kind: 'Widget' })
    expect(refs.items.map(({ metadata }) => metadata.name)).toEqual(['theirs'])

    await annotate(
      { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', name: `widgets.${group}` },
      { 'sync.fleetkit.dev/force': 'enabled' },
    )
    expect(await plan('v2', 'CustomResourceDefinition')).toMatchObject({
      type: 'prune',
      reason: { message: `no longer in the source, and 1 object is of its type: Widget ${namespace}/theirs` },
    })
    await run('v2')
    const left = await cluster.get({ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', name: `widgets.${group}` })
    expect(left === undefined || left.metadata.deletionTimestamp !== undefined).toBe(true)
  })

  test('a namespace stays while something is in it that the Sync did not apply', async () => {
    const name = `team-${unique()}`
    const team = JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
    const { run, plan } = await setUp({
      v1: {
        'ns.json': team,
        'in.yaml': configMap('in').replace('{ name: in }', `{ name: in, namespace: ${name} }`),
        'a.yaml': configMap('a'),
      },
      v2: { 'a.yaml': configMap('a') },
    })
    await run('v1')
    const claim: KubeObject = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data', namespace: name },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    }
    await cluster.create(claim)
    await cluster.create({ apiVersion: 'v1', kind: 'Event', metadata: { name: 'e', namespace: name }, involvedObject: { namespace: name } })
    expect(await plan('v2', 'Namespace')).toMatchObject({
      type: 'skip',
      reason: {
        code: 'namespace-in-use',
        message: expect.stringContaining(`1 object is in it: PersistentVolumeClaim ${name}/data; annotate it`),
      },
    })
    expect(kindsIn(await run('v2'))).toEqual(['ConfigMap', 'Namespace'])
    await cluster.delete(refOf(claim))
    // A finalizer protects it, which its controller takes away where one runs.
    for (let held = await cluster.get(refOf(claim)); held !== undefined; held = await cluster.get(refOf(claim)))
      await cluster.update({ ...held, metadata: { ...held.metadata, finalizers: [] } }).catch((error: unknown) => {
        if (!hasCode(error, 'store/not-found', 'store/conflict')) throw error
      })
    expect(await plan('v2', 'Namespace')).toMatchObject({ type: 'prune', reason: { message: 'no longer in the source' } })
  })

  test('what the cluster puts into every namespace does not hold one', async () => {
    const name = `team-${unique()}`
    const { run, plan } = await setUp({
      v1: { 'ns.json': JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }), 'a.yaml': configMap('a') },
      v2: { 'a.yaml': configMap('a') },
    })
    await run('v1')
    for (const namespace of [name, 'kube-public'])
      await cluster.apply([{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'root-ca', namespace } }], { fieldManager: 'mesh' })
    expect(await plan('v2', 'Namespace')).toMatchObject({ type: 'prune' })
  })

  test('what was applied is found again by its labels when its record is lost, and said', async () => {
    const { namespace, run, events } = await setUp({
      v1: { 'a.yaml': configMap('a'), 'b.yaml': configMap('b') },
      v2: { 'a.yaml': configMap('a') },
    })
    await run('v1')
    await cluster.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'sync-shop' })
    events.length = 0
    await run('v2')
    expect(await cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'b' })).toBeUndefined()
    const recovered = events.find(({ type }) => type === 'sync.recovered')
    expect(recovered).toMatchObject({ refs: [{ name: 'a' }, { name: 'b' }] })
    events.length = 0
    await run('v2')
    expect(events.filter(({ type }) => type === 'sync.recovered')).toEqual([])
  })

  test('a Sync without a record takes what carries its labels with it', async () => {
    const { namespace, runner, run } = await setUp({ v1: { 'a.yaml': configMap('a') } })
    await run('v1')
    await cluster.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'other', namespace, labels: ownerLabels({ ...syncOf(namespace, 'v1').ref, name: 'other' }) },
    })
    await cluster.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'sync-shop' })
    await runner.remove(syncOf(namespace, 'v1'))
    const left = await cluster.list({ apiVersion: 'v1', kind: 'ConfigMap' }, { namespace })
    expect(left.items.map(({ metadata }) => metadata.name).filter((name) => name !== 'kube-root-ca.crt')).toEqual(['other'])
  })
}
