import { getEventListeners } from 'node:events'
import { countActions, FleetkitError, fieldManagerOf, formatRef, type JsonObject, type KubeObject, ownerLabels, SyncRunner } from 'fleetkit'
import { parseInventory } from 'fleetkit/manifest'
import { memoryCluster } from 'fleetkit/memory'
import { planApply } from 'fleetkit/plan'
import { VirtualClock } from 'fleetkit/testing'
import { expect, test } from 'vitest'
import { timeLimit } from '../../internals.ts'
import { configMap, failure, intercepted, repository, syncOf } from './scenarios.ts'
import { mapRef, syncRef } from './world.ts'

const names = (status: Parameters<typeof parseInventory>[0]) => parseInventory(status).map(formatRef)

function setUp(versions: Parameters<typeof repository>[0], intercept: Parameters<typeof intercepted>[1] = () => undefined) {
  const cluster = memoryCluster()
  const runner = new SyncRunner({ cluster: intercepted(cluster, intercept), git: repository(versions) })
  return { cluster, runner }
}

function widgets(served: Readonly<Record<string, boolean>>, more: JsonObject = {}): KubeObject {
  const storage = Object.keys(served).at(-1)
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { kind: 'Widget', plural: 'widgets', singular: 'widget', listKind: 'WidgetList' },
      versions: Object.entries(served).map(([name, isServed]) => ({
        name,
        served: isServed,
        storage: name === storage,
        schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object' } } } },
      })),
      ...more,
    },
  }
}
const widget = (version: string, name = 'w') => `apiVersion: example.com/${version}\nkind: Widget\nmetadata: { name: ${name} }\nspec: {}\n`

test.each([1, 12])(
  '%d objects whose recorded API version is not served any more are found in the one that is, and pruned',
  async (count) => {
    const many = (version: string) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`w${index}.yaml`, widget(version, `w${index}`)] as const))
    const { cluster, runner } = setUp({
      v1: { 'a.yaml': configMap('a'), ...many('v1beta1') },
      v2: { 'a.yaml': configMap('a') },
    })
    await cluster.apply([widgets({ v1beta1: true, v1: true })], { fieldManager: 'admin' })
    await runner.run(syncOf('default', 'v1'))
    await cluster.apply([widgets({ v1beta1: false, v1: true })], { fieldManager: 'admin' })
    const status = await runner.run(syncOf('default', 'v2'))
    expect((await cluster.list({ apiVersion: 'example.com/v1', kind: 'Widget' })).items).toEqual([])
    expect(names(status.inventory)).toEqual(['ConfigMap default/a'])
  },
)

test('an object that changes its API version stays the same object', async () => {
  const { cluster, runner } = setUp({ v1: { 'w.yaml': widget('v1beta1') }, v2: { 'w.yaml': widget('v1') } })
  await cluster.apply([widgets({ v1beta1: true, v1: true })], { fieldManager: 'admin' })
  await runner.run(syncOf('default', 'v1'))
  const before = await cluster.get({ apiVersion: 'example.com/v1', kind: 'Widget', namespace: 'default', name: 'w' })
  const status = await runner.run(syncOf('default', 'v2'))
  const after = await cluster.get({ apiVersion: 'example.com/v1', kind: 'Widget', namespace: 'default', name: 'w' })
  expect(after?.metadata.uid).toBe(before?.metadata.uid)
  expect(status.inventory?.entries).toEqual([{ id: 'default_w_example.com_Widget', v: 'v1' }])
})

test('objects are pruned before the definition of their type', async () => {
  const definition = JSON.stringify(widgets({ v1: true }))
  const deleted: string[] = []
  const { cluster, runner } = setUp(
    { v1: { 'crd.yaml': definition, 'w.yaml': widget('v1'), 'a.yaml': configMap('a') }, v2: { 'a.yaml': configMap('a') } },
    (method, [ref]) => {
      if (method === 'delete') deleted.push(ref.name)
    },
  )
  await runner.run(syncOf('default', 'v1'))
  const status = await runner.run(syncOf('default', 'v2'))
  expect(deleted).toEqual(['w', 'widgets.example.com'])
  expect(names(status.inventory)).toEqual(['ConfigMap default/a'])
  expect(await cluster.discover({ apiVersion: 'example.com/v1', kind: 'Widget' })).toBeUndefined()
})

test('what was deleted and cannot be read is not known to be gone: it stays recorded, and the attempt says so', async () => {
  let unreachable = false
  let deleted = false
  const { cluster, runner } = setUp(
    { v1: { 'a.yaml': configMap('a'), 'b.yaml': configMap('b') }, v2: { 'a.yaml': configMap('a') } },
    (method, [ref]) => {
      if (method === 'delete') deleted = true
      if (unreachable && deleted && method === 'get' && ref.name === 'b') throw new FleetkitError('cluster/unreachable', 'no answer')
    },
  )
  await runner.run(syncOf('default', 'v1'))
  unreachable = true
  expect((await failure(runner.run(syncOf('default', 'v2')))).code).toBe('cluster/unreachable')
  const record = ((await cluster.get(mapRef('sync-shop'))) as KubeObject).data as Record<string, string>
  expect(names(JSON.parse(record['status.json'] as string).inventory)).toEqual(['ConfigMap default/a', 'ConfigMap default/b'])
  unreachable = false
  expect(names((await runner.run(syncOf('default', 'v2'))).inventory)).toEqual(['ConfigMap default/a'])
})

test('a removal that waits looks only at what is still there', async () => {
  const files = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`m${index}.yaml`, configMap(`m${index}`)] as const))
  let gets = 0
  const { cluster, runner } = setUp({ v1: files }, (method, [ref]) => {
    if (method === 'get' && ref.name.startsWith('m')) gets++
  })
  const sync = syncOf('default', 'v1', { deletionPolicy: 'WaitForTermination' })
  await runner.run(sync)
  gets = 0
  await runner.remove(sync)
  expect([gets, (await cluster.list({ apiVersion: 'v1', kind: 'ConfigMap' }, { namespace: 'default' })).items]).toEqual([0, []])
})

test('a definition is not deleted for an immutable field, whatever force says: its objects would go along', async () => {
  const { cluster, runner } = setUp({
    v1: { 'crd.yaml': JSON.stringify(widgets({ v1: true })), 'w.yaml': widget('v1') },
    v2: { 'crd.yaml': JSON.stringify(widgets({ v1: true }, { scope: 'Cluster' })) },
  })
  await runner.run(syncOf('default', 'v1'))
  const plan = await runner.plan(syncOf('default', 'v2', { force: true, prune: false }))
  expect(plan.stages.flat()[0]).toMatchObject({
    type: 'refuse',
    reason: { code: 'immutable', message: expect.stringContaining('delete it yourself, and all its objects with it') },
  })
  expect((await failure(runner.run(syncOf('default', 'v2', { force: true, prune: false })))).code).toBe('cluster/immutable')
  expect((await cluster.list({ apiVersion: 'example.com/v1', kind: 'Widget' })).items).toHaveLength(1)
})

test('a Service is recreated although its node port is taken, by itself', async () => {
  const name = `${'web-'.repeat(15)}x`
  const service = (ip: string) => `apiVersion: v1
kind: Service
metadata: { name: ${name} }
spec: { type: NodePort, clusterIP: ${ip}, selector: { app: web }, ports: [{ port: 80, nodePort: 30080 }] }
`
  const copies: JsonObject[] = []
  const { cluster, runner } = setUp(
    { v1: { 's.yaml': service('10.0.0.10') }, v2: { 's.yaml': service('10.0.0.11') } },
    (method, [objects, options]) => {
      if (method === 'apply' && options.dryRun === true && objects[0].metadata.name !== name) copies.push(objects[0])
    },
  )
  await runner.run(syncOf('default', 'v1'))
  await runner.run(syncOf('default', 'v2', { force: true }))
  expect((await cluster.get({ apiVersion: 'v1', kind: 'Service', namespace: 'default', name }))?.spec).toMatchObject({
    clusterIP: '10.0.0.11',
    ports: [{ nodePort: 30_080 }],
  })
  expect(copies).toHaveLength(1)
  expect(copies[0]).toMatchObject({ metadata: { name: expect.stringMatching(/^dry-run-[0-9a-f-]{36}$/) } })
  expect(JSON.stringify((copies[0] as KubeObject).spec)).not.toMatch(/nodePort|clusterIP/)
})

const fixed = (x: string) => `apiVersion: v1\nkind: ConfigMap\nimmutable: true\nmetadata: { name: fixed }\ndata: { x: "${x}" }\n`

test('a volume that says so itself is replaced', async () => {
  const claim = (storageClass: string, annotations: string) => `apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: data, annotations: ${annotations} }
spec: { storageClassName: ${storageClass}, accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }
`
  const { cluster, runner } = setUp({
    v1: { 'a.yaml': claim('slow', '{}') },
    v2: { 'a.yaml': claim('fast', '{ sync.fleetkit.dev/force: enabled }') },
  })
  await runner.run(syncOf('default', 'v1'))
  await runner.run(syncOf('default', 'v2'))
  const ref = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: 'default', name: 'data' }
  expect((await cluster.get(ref))?.spec).toMatchObject({ storageClassName: 'fast' })
})

test('a replacement that the cluster would not take costs nothing', async () => {
  const { cluster, runner } = setUp({ v1: { 'f.yaml': fixed('1') }, v2: { 'f.yaml': fixed('2') } }, (method, [objects, options]) => {
    if (method !== 'apply' || options.dryRun !== true) return undefined
    return [{ ref: mapRef(objects[0].metadata.name), error: new FleetkitError('cluster/admission', 'no') }]
  })
  await runner.run(syncOf('default', 'v1'))
  expect((await failure(runner.run(syncOf('default', 'v2', { force: true })))).code).toBe('cluster/admission')
  expect((await cluster.get(mapRef('fixed')))?.data).toEqual({ x: '1' })
})

test('an object is recreated once the old one is gone, however long finalizers hold that', async () => {
  let looks = 0
  const { cluster, runner } = setUp({ v1: { 'f.yaml': fixed('1') }, v2: { 'f.yaml': fixed('2') } }, async (method, [ref]) => {
    if (method !== 'get' || ref.name !== 'fixed') return
    const object = await cluster.get(mapRef('fixed'))
    if (object?.metadata.deletionTimestamp === undefined || ++looks < 2) return
    await cluster.update({ ...object, metadata: { ...object.metadata, finalizers: [] } })
  })
  await runner.run(syncOf('default', 'v1'))
  const held = (await cluster.get(mapRef('fixed'))) as KubeObject
  await cluster.update({ ...held, metadata: { ...held.metadata, finalizers: ['example.com/hold'] } })
  await runner.run(syncOf('default', 'v2', { force: true }))
  expect(looks).toBe(2)
  expect(await cluster.get(mapRef('fixed'))).toMatchObject({ data: { x: '2' } })
})

test('what a definition defines is applied once the definition has taken effect', async () => {
  let looks = 0
  const applied: number[] = []
  const { cluster, runner } = setUp(
    { v1: { 'crd.yaml': JSON.stringify(widgets({ v1: true })), 'w.yaml': widget('v1') } },
    async (method, [first]) => {
      if (method === 'apply' && first[0].kind === 'Widget') applied.push(looks)
      if (method !== 'get' || first.kind !== 'CustomResourceDefinition') return undefined
      const object = await cluster.get(first)
      return object === undefined || ++looks > 2 ? object : { ...object, status: {} }
    },
  )
  await runner.run(syncOf('default', 'v1'))
  expect(applied).toEqual([3])
})

test('what another manager created after the plan is not replaced by force', async () => {
  let raced = false
  const { cluster, runner } = setUp({ v1: { 'f.yaml': fixed('1') } }, async (method, [objects]) => {
    if (raced || method !== 'apply' || objects[0].metadata.name !== 'fixed') return
    raced = true
    await cluster.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: mapMeta('fixed'), immutable: true, data: { y: 'theirs' } })
  })
  const error = await failure(runner.run(syncOf('default', 'v1', { force: true, forceConflicts: true })))
  expect(error.code).toBe('cluster/immutable')
  expect((await cluster.get(mapRef('fixed')))?.data).toEqual({ y: 'theirs' })
})
const mapMeta = (name: string) => ({ name, namespace: 'default' })

test('waiting for the end of an object does not wait for a new one of its name', async () => {
  let remade = false
  const { cluster, runner } = setUp({ v1: { 'a.yaml': configMap('a') } }, async (method, [ref]) => {
    if (method !== 'get' || ref.name !== 'a' || remade || (await cluster.get(mapRef('a'))) !== undefined) return
    remade = (await cluster.get(mapRef('sync-shop'))) !== undefined
    if (remade) await cluster.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: mapMeta('a') })
  })
  const sync = syncOf('default', 'v1', { deletionPolicy: 'WaitForTermination', timeout: '5s' })
  remade = true
  await runner.run(sync)
  remade = false
  await runner.remove(sync)
  expect(remade).toBe(true)
  expect((await cluster.get(mapRef('a')))?.metadata.labels).toBeUndefined()
})

test('a source that contains the status object of its own Sync is refused before anything', async () => {
  const { cluster, runner } = setUp({ v1: { 'a.yaml': configMap('a'), 'r.yaml': configMap('sync-shop') } })
  const error = await failure(runner.run(syncOf('default', 'v1')))
  expect([error.code, error.message]).toEqual(['source/object-invalid', expect.stringContaining('r.yaml:1: found the object in which')])
  expect((await failure(runner.plan(syncOf('default', 'v1')))).code).toBe('source/object-invalid')
  expect(await cluster.get(mapRef('a'))).toBeUndefined()
})

test('the namespace of the Sync is not pruned, and goes with the Sync', async () => {
  const { cluster, runner } = setUp({
    v1: { 'n.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: { name: apps }\n', 'a.yaml': configMap('a') },
    v2: { 'a.yaml': configMap('a') },
  })
  await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'apps' } })
  await runner.run(syncOf('apps', 'v1', { targetNamespace: 'default' }))
  const status = await runner.run(syncOf('apps', 'v2', { targetNamespace: 'default' }))
  expect(await cluster.get({ apiVersion: 'v1', kind: 'Namespace', name: 'apps' })).toBeDefined()
  expect(names(status.inventory)).toEqual(['Namespace apps', 'ConfigMap default/a'])
})

test('objects whose kinds have no order among them are applied together', async () => {
  const maps = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`m${index}.yaml`, configMap(`m${index}`)] as const))
  const endpoints = 'apiVersion: v1\nkind: Endpoints\nmetadata: { name: last }\n'
  const template =
    'apiVersion: v1\nkind: PodTemplate\nmetadata: { name: last }\ntemplate: { spec: { containers: [{ name: a, image: a }] } }\n'
  let waiting: (() => void)[] = []
  const together: number[] = []
  const { runner } = setUp({ v1: { ...maps, 'e.yaml': endpoints, 't.yaml': template } }, async (method) => {
    if (method !== 'apply') return
    // Every request is held until no other one comes.
    await new Promise<void>((resolve) => {
      waiting.push(resolve)
      const seen = waiting.length
      setTimeout(() => {
        if (waiting.length !== seen) return
        together.push(seen)
        for (const go of waiting) go()
        waiting = []
      }, 20)
    })
  })
  await runner.run(syncOf('default', 'v1'))
  expect(together).toEqual([40, 2])
})

test('a kind that fails keeps no other kind of its stage back, and every error is named', async () => {
  const { cluster, runner } = setUp(
    {
      v1: {
        's.yaml': 'apiVersion: v1\nkind: ServiceAccount\nmetadata: { name: s }\n',
        'a.yaml': configMap('a'),
        'b.yaml': configMap('b'),
        'webhook.yaml':
          'apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingWebhookConfiguration\nmetadata: { name: late }\nwebhooks: []\n',
      },
    },
    (method, [objects]) => {
      const { kind, metadata } = method === 'apply' ? objects[0] : { kind: '', metadata: {} }
      if (kind === 'ServiceAccount' || metadata.name === 'b')
        return [{ ref: mapRef(metadata.name), error: new FleetkitError('cluster/forbidden', `no ${metadata.name}`) }]
      return undefined
    },
  )
  const error = await failure(runner.run(syncOf('default', 'v1')))
  expect([error.code, error.message]).toEqual(['sync/partial', expect.stringContaining('2 objects failed: no s; no b')])
  expect(await cluster.get(mapRef('a'))).toBeDefined()
  const { items } = await cluster.list({ apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration' })
  expect(items).toEqual([])
})

test('an object that moves to another namespace is there before it is gone here', async () => {
  const order: string[] = []
  const { cluster, runner } = setUp({ v1: { 'a.yaml': configMap('a') } }, (method, [first]) => {
    if (method === 'delete') order.push(`delete ${first.namespace}/${first.name}`)
    if (method === 'apply') order.push(`apply ${first[0].metadata.namespace}/${first[0].metadata.name}`)
  })
  await runner.run(syncOf('default', 'v1'))
  await runner.run(syncOf('default', 'v1', { targetNamespace: 'kube-public' }))
  expect(order).toEqual(['apply default/a', 'apply kube-public/a', 'delete default/a'])
  expect(await cluster.get(mapRef('a'))).toBeUndefined()
})

test('an object without a fixed name is refused', async () => {
  const { runner } = setUp({ v1: { 'j.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { generateName: job- }\n' } })
  const error = await failure(runner.run(syncOf('default', 'v1')))
  expect([error.code, error.message]).toEqual(['source/object-invalid', expect.stringContaining('metadata.generateName')])
})

test('a time limit leaves nothing on the signal that it is given', () => {
  const lasting = new AbortController()
  const clock = new VirtualClock()
  for (let count = 0; count < 100; count++) {
    using limit = timeLimit(lasting.signal, 1000, clock, 'too long')
    expect(limit.signal.aborted).toBe(false)
  }
  expect(getEventListeners(lasting.signal, 'abort')).toHaveLength(0)
  expect(clock.nextWakeAt).toBeUndefined()
})

test('a time limit passes an abort on, also one that was before it', () => {
  const clock = new VirtualClock()
  const controller = new AbortController()
  using limit = timeLimit(controller.signal, 1000, clock, 'too long')
  controller.abort()
  expect(limit.signal.reason).toMatchObject({ code: 'aborted' })
  using late = timeLimit(controller.signal, 1000, clock, 'too long')
  expect(late.signal.aborted).toBe(true)
})

test('10,000 objects are planned in well under a second', () => {
  const sync = syncRef()
  const live = Array.from(
    { length: 10_000 },
    (_, index): KubeObject => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: `map-${index}`,
        namespace: 'default',
        labels: ownerLabels(sync),
        uid: `uid-${index}`,
        managedFields: [
          {
            manager: fieldManagerOf(sync),
            operation: 'Apply',
            apiVersion: 'v1',
            fieldsType: 'FieldsV1',
            fieldsV1: {
              'f:data': { 'f:x': {} },
              'f:metadata': { 'f:labels': { 'f:sync.fleetkit.dev/name': {}, 'f:sync.fleetkit.dev/namespace': {} } },
            },
          },
        ],
      },
      data: { x: String(index) },
    }),
  )
  const desired = live.slice(0, 9000).map(({ metadata: { name, namespace, labels }, ...rest }) => ({
    object: { ...rest, metadata: { name, namespace, labels } } as KubeObject,
    origin: `${name}.yaml:1`,
  }))
  const inventory = live.map(({ metadata }) => mapRef(metadata.name))
  const policy = { prune: true, allowEmpty: false, forceConflicts: false }
  const begun = performance.now()
  const plan = planApply({ sync, policy, revision: 'v1', desired, live, inventory })
  // A third of a second where it was written; the bound is for a busy machine.
  expect(performance.now() - begun).toBeLessThan(3000)
  expect(countActions(plan)).toMatchObject({ skip: 9000, prune: 1000 })
})

test('a version without objects leaves an inventory that is empty, not one that is lost', async () => {
  const calls: string[] = []
  const { runner } = setUp({ v1: { 'README.md': 'nothing yet' } }, (method) => {
    calls.push(method)
  })
  const sync = syncOf('default', 'v1', { allowEmpty: true })
  expect((await runner.run(sync)).inventory).toEqual({ entries: [] })
  await runner.remove(sync)
  // Where it is lost, objects are looked for by their labels in every type of the cluster.
  expect(calls).not.toContain('types')
})
