import {
  type ClusterApi,
  countActions,
  type FleetEvent,
  FleetkitError,
  formatPlan,
  formatRef,
  type Git,
  hasChanges,
  type KubeObject,
  type ObjectRef,
  Sync,
  type SyncInput,
  SyncRunner,
  type SyncStatus,
} from 'fleetkit'
import { parseInventory } from 'fleetkit/manifest'
import { memoryGit } from 'fleetkit/memory'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Subject } from './cluster-in-memory.ts'

export const url = 'https://git.example.com/shop.git'

export const configMap = (name: string, data: Readonly<Record<string, string>> = {}): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: ${JSON.stringify(data)}\n`

/** A git repository, one tag a version. */
export function repository(versions: Readonly<Record<string, Readonly<Record<string, string>>>>): ReturnType<typeof memoryGit> {
  const git = memoryGit()
  for (const [version, files] of Object.entries(versions)) git.tag(url, version, git.commit(url, files))
  return git
}

export function syncOf(namespace: string, tag: string, spec: Partial<SyncInput['spec']> = {}, name = 'shop'): Sync {
  return new Sync({ metadata: { name, namespace }, spec: { source: { git: { url, tag } }, prune: true, timeout: '20s', ...spec } })
}

/** The error that a promise rejects with. */
export async function failure(promise: Promise<unknown>): Promise<FleetkitError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error, 'nothing failed').toBeInstanceOf(FleetkitError)
  return error as FleetkitError
}

/** A port whose calls go through `intercept` first. */
export function intercepted<Port extends object>(port: Port, intercept: (method: string, parameters: readonly any[]) => unknown): Port {
  return new Proxy(port, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property, target)
      if (typeof member !== 'function') return member
      const method = member.bind(target) as (...parameters: unknown[]) => unknown
      if (typeof property === 'symbol' || property === 'watch') return method
      return async (...parameters: unknown[]) => (await intercept(property, parameters)) ?? method(...parameters)
    },
  })
}

export function readyOf(status: SyncStatus): { status: string; reason: string; message: string } | undefined {
  return status.conditions?.find(({ type }) => type === 'Ready')
}

const readsOnly: ReadonlySet<string> = new Set(['get', 'list', 'watch', 'discover'])

/** A cluster to try a Sync on. */
/** What a Sync does to a cluster, whichever cluster it is. */
export function syncScenarios(make: () => Promise<Subject>): void {
  let subject: Subject
  beforeAll(async () => {
    subject = await make()
  })
  afterAll(async () => subject[Symbol.asyncDispose]())

  async function setUp(git: Git): Promise<{
    readonly cluster: ClusterApi
    readonly namespace: string
    readonly runner: SyncRunner
    readonly events: FleetEvent[]
    readonly writes: string[]
    get(name: string): Promise<KubeObject | undefined>
    inventory(status: SyncStatus): readonly string[]
  }> {
    const namespace = await subject.namespace()
    const writes: string[] = []
    const cluster = intercepted(subject.cluster, (method, [first, options]) => {
      if (!readsOnly.has(method) && options?.dryRun !== true)
        writes.push(`${method} ${(first?.metadata ?? first?.[0]?.metadata ?? first)?.name}`)
    })
    const runner = new SyncRunner({ cluster, git })
    const events: FleetEvent[] = []
    runner.events.on('*', (event) => events.push(event))
    const get = (name: string) => subject.cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name })
    const inventory = (status: SyncStatus) => parseInventory(status.inventory).map(formatRef)
    return { cluster: subject.cluster, namespace, runner, events, writes, get, inventory }
  }

  test('applies a version, and a second time changes nothing and says so', async () => {
    const { namespace, runner, writes, get, inventory } = await setUp(
      repository({ v1: { 'a.yaml': configMap('a', { x: '1' }), 'b.yaml': configMap('b') } }),
    )
    const sync = syncOf(namespace, 'v1')
    const first = await runner.run(sync)
    expect(first.lastAppliedRevision).toMatch(/^v1@sha1:[0-9a-f]{40}$/)
    expect(readyOf(first)).toMatchObject({ status: 'True', reason: 'ReconciliationSucceeded' })
    expect(readyOf(first)?.message).toContain('2 objects changed')
    expect((await get('a'))?.data).toEqual({ x: '1' })
    expect(inventory(first)).toEqual([`ConfigMap ${namespace}/a`, `ConfigMap ${namespace}/b`])

    writes.length = 0
    const plan = await runner.plan(sync)
    expect(formatPlan(plan)).toContain('No changes: the cluster matches the source (2 objects).')
    const second = await runner.run(sync)
    expect(readyOf(second)?.message).toContain('nothing to change')
    // Only the recorded status.
    expect(writes).toEqual(['update sync-shop'])
    expect(second.history?.[0]).toMatchObject({ revision: first.lastAppliedRevision, totalReconciliations: 2 })
  })

  test('shows exactly what the next version does, writes nothing for it, and then does it', async () => {
    const git = repository({
      v1: { 'a.yaml': configMap('a', { x: '1' }), 'b.yaml': configMap('b'), 'same.yaml': configMap('same') },
      v2: { 'a.yaml': configMap('a', { x: '2' }), 'c.yaml': configMap('c'), 'same.yaml': configMap('same') },
    })
    const { namespace, runner, writes, get, inventory, events } = await setUp(git)
    await runner.run(syncOf(namespace, 'v1'))
    writes.length = 0
    const plan = await runner.plan(syncOf(namespace, 'v2'))
    expect(writes).toEqual([])
    expect(countActions(plan)).toMatchObject({ create: 1, update: 1, prune: 1, skip: 1, refuse: 0 })
    const text = formatPlan(plan)
    expect(text).toContain(`  + ConfigMap ${namespace}/c: create, it does not exist  (c.yaml:1)`)
    expect(text).toContain(`  ~ ConfigMap ${namespace}/a: update, differs from the source  (a.yaml:1)`)
    expect(text).toContain('      ~ .data.x: "1" → "2"')
    expect(text).toContain(`  - ConfigMap ${namespace}/b: prune, no longer in the source`)
    expect(text).toContain('Plan: 1 to create, 1 to update, 1 to prune, 1 unchanged or left alone.')

    events.length = 0
    const status = await runner.run(syncOf(namespace, 'v2'))
    expect(inventory(status)).toEqual(['a', 'c', 'same'].map((name) => `ConfigMap ${namespace}/${name}`))
    expect(await get('b')).toBeUndefined()
    const done = events.flatMap((event) =>
      event.type === 'sync.applied'
        ? [`${event.action} ${event.ref.name}`]
        : event.type === 'sync.pruned'
          ? [`prune ${event.ref.name}`]
          : [],
    )
    expect(done.toSorted()).toEqual(['create c', 'prune b', 'update a'])
    expect(hasChanges(await runner.plan(syncOf(namespace, 'v2')))).toBe(false)
  })

  test('corrects a drift, and says which fields had drifted', async () => {
    const { cluster, namespace, runner, get, events } = await setUp(repository({ v1: { 'a.yaml': configMap('a', { x: '1' }) } }))
    await runner.run(syncOf(namespace, 'v1'))
    const live = (await get('a')) as KubeObject
    await cluster.update({ ...live, data: { x: '9', theirs: 'stays' } })
    await runner.run(syncOf(namespace, 'v1'))
    expect((await get('a'))?.data).toEqual({ x: '1', theirs: 'stays' })
    expect(events.flatMap((event) => (event.type === 'sync.drift' ? event.fields : []))).toEqual(['.data.x'])
  })

  test('a revision that is not healthy is attempted and not applied, and the rollback is no drift', async () => {
    const git = repository({ v1: { 'a.yaml': configMap('a', { x: '1' }) }, v2: { 'a.yaml': configMap('a', { x: '2' }) } })
    const { cluster, namespace, runner, get, events } = await setUp(git)
    const good = await runner.run(syncOf(namespace, 'v1'))
    const broken = syncOf(namespace, 'v2', { timeout: '2s', healthChecks: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'missing' }] })
    expect((await failure(runner.run(broken))).code).toBe('sync/unhealthy')
    const record = JSON.parse(((await get('sync-shop')) as { data?: Record<string, string> }).data?.['status.json'] as string) as SyncStatus
    expect(record).toMatchObject({ lastAttemptedRevision: expect.stringMatching(/^v2@/), lastAppliedRevision: good.lastAppliedRevision })
    const drifted = () => events.flatMap((event) => (event.type === 'sync.drift' ? event.fields : []))
    await cluster.update({ ...((await get('a')) as KubeObject), data: { x: '9' } })
    expect((await failure(runner.run(broken))).code).toBe('sync/unhealthy')
    expect(drifted()).toEqual(['.data.x'])
    const back = await runner.run(syncOf(namespace, 'v1'))
    expect([(await get('a'))?.data, back.lastAppliedRevision]).toEqual([{ x: '1' }, good.lastAppliedRevision])
    expect(drifted()).toEqual(['.data.x'])
  })

  test('recreates what was deleted by hand', async () => {
    const { cluster, namespace, runner, get } = await setUp(repository({ v1: { 'a.yaml': configMap('a', { x: '1' }) } }))
    await runner.run(syncOf(namespace, 'v1'))
    await cluster.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'a' })
    await runner.run(syncOf(namespace, 'v1'))
    expect((await get('a'))?.data).toEqual({ x: '1' })
  })

  test('removes a field that is no longer in the source, and leaves those of others', async () => {
    const { cluster, namespace, runner, get } = await setUp(
      repository({ v1: { 'a.yaml': configMap('a', { x: '1', y: '2' }) }, v2: { 'a.yaml': configMap('a', { x: '1' }) } }),
    )
    await runner.run(syncOf(namespace, 'v1'))
    const live = (await get('a')) as KubeObject
    await cluster.update({ ...live, data: { ...(live.data as object), z: '3' } })
    await runner.run(syncOf(namespace, 'v2'))
    expect((await get('a'))?.data).toEqual({ x: '1', z: '3' })
  })

  test('an object that a finalizer holds stays recorded until it is gone', async () => {
    const held = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: held, finalizers: [example.com/hold] }\n'
    const git = repository({
      v1: { 'a.yaml': configMap('a'), 'held.yaml': held, 'b.yaml': configMap('b') },
      v2: { 'a.yaml': configMap('a') },
    })
    const { cluster, namespace, runner, get, inventory, writes } = await setUp(git)
    await runner.run(syncOf(namespace, 'v1'))
    const left = await runner.run(syncOf(namespace, 'v2'))
    expect((await get('held'))?.metadata.deletionTimestamp).toBeDefined()
    expect([readyOf(left)?.status, inventory(left)]).toEqual(['True', ['a', 'held'].map((name) => `ConfigMap ${namespace}/${name}`)])

    writes.length = 0
    const plan = await runner.plan(syncOf(namespace, 'v2'))
    expect(plan.prunes).toMatchObject([{ type: 'skip', ref: { name: 'held' }, reason: { code: 'terminating' } }])
    expect(inventory(await runner.run(syncOf(namespace, 'v2')))).toEqual(inventory(left))
    expect(writes).toEqual(['update sync-shop'])

    const going = (await get('held')) as KubeObject
    await cluster.update({ ...going, metadata: { ...going.metadata, finalizers: [] } })
    expect(inventory(await runner.run(syncOf(namespace, 'v2')))).toEqual([`ConfigMap ${namespace}/a`])
  })

  test('of many objects that are deleted, those that finalizers hold stay recorded, for a few requests more', async () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`m${index}.yaml`, configMap(`m${index}`)] as const))
    const held = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name}, finalizers: [example.com/hold] }\n`
    const git = repository({
      v1: { 'a.yaml': configMap('a'), ...many, 'h1.yaml': held('h1'), 'h2.yaml': held('h2') },
      v2: { 'a.yaml': configMap('a') },
    })
    const { cluster, namespace, runner, get, inventory } = await setUp(git)
    await runner.run(syncOf(namespace, 'v1'))
    let reads = 0
    const counted = intercepted(cluster, (method) => {
      if (method === 'get' || method === 'list') reads++
    })
    const status = await new SyncRunner({ cluster: counted, git }).run(syncOf(namespace, 'v2'))
    expect(inventory(status)).toEqual(['a', 'h1', 'h2'].map((name) => `ConfigMap ${namespace}/${name}`))
    expect(reads).toBeLessThanOrEqual(8)
    for (const name of ['h1', 'h2']) {
      const going = (await get(name)) as KubeObject
      await cluster.update({ ...going, metadata: { ...going.metadata, finalizers: [] } })
    }
    expect(inventory(await runner.run(syncOf(namespace, 'v2')))).toEqual([`ConfigMap ${namespace}/a`])
  })

  test('an object that the source names in another group of its kind is not pruned', async () => {
    const { namespace } = await setUp(repository({}))
    const event = (apiVersion: string, regarding: string, controller: string) => `apiVersion: ${apiVersion}
kind: Event
metadata: { name: started }
${regarding}: { apiVersion: v1, kind: Namespace, name: ${namespace}, namespace: ${namespace} }
eventTime: "2026-01-01T00:00:00.000000Z"
type: Normal
action: Start
reason: Started
${controller}: example.com/shop
reportingInstance: shop-0
`
    const { cluster, runner } = await setUp(
      repository({
        v1: { 'event.yaml': event('v1', 'involvedObject', 'reportingComponent') },
        v2: { 'event.yaml': event('events.k8s.io/v1', 'regarding', 'reportingController') },
      }),
    )
    const ref = { apiVersion: 'events.k8s.io/v1', kind: 'Event', namespace, name: 'started' }
    await runner.run(syncOf(namespace, 'v1'))
    // In memory each group has objects of its own.
    const before = await cluster.get(ref)
    const status = await runner.run(syncOf(namespace, 'v2'))
    const after = await cluster.get(ref)
    expect(after).toBeDefined()
    expect(after?.metadata.uid).toBe((before ?? after)?.metadata.uid)
    expect(status.inventory?.entries).toEqual([{ id: `${namespace}_started_events.k8s.io_Event`, v: 'v1' }])
  })

  test('refuses an empty version and loses nothing; allowEmpty prunes everything', async () => {
    const { namespace, runner, get, inventory } = await setUp(
      repository({ v1: { 'a.yaml': configMap('a') }, v2: { 'README.md': 'nothing here' } }),
    )
    await runner.run(syncOf(namespace, 'v1'))
    const error = await failure(runner.run(syncOf(namespace, 'v2')))
    expect([error.code, error.message]).toEqual(['source/empty', expect.stringContaining('holds no objects; set spec.allowEmpty')])
    expect(await get('a')).toBeDefined()
    const status = await runner.run(syncOf(namespace, 'v2', { allowEmpty: true }))
    expect([inventory(status), await get('a')]).toEqual([[], undefined])
  })

  test('keeps a tag at its first commit when it moves, and reports the move', async () => {
    const git = repository({ v1: { 'a.yaml': configMap('a', { x: '1' }) } })
    const { namespace, runner, get } = await setUp(git)
    const first = await runner.run(syncOf(namespace, 'v1'))
    const moved = git.commit(url, { 'a.yaml': configMap('a', { x: 'evil' }) })
    git.tag(url, 'v1', moved)
    const second = await runner.run(syncOf(namespace, 'v1'))
    expect(second.lastAppliedRevision).toBe(first.lastAppliedRevision)
    expect((await get('a'))?.data).toEqual({ x: '1' })
    const condition = second.conditions?.find(({ type }) => type === 'TagMoved')
    expect(condition).toMatchObject({ status: 'True', message: expect.stringContaining(`points to ${moved} now`) })
    expect(readyOf(second)?.status).toBe('True')
  })

  test('goes on with the admitted commit while the git server is unreachable', async () => {
    const git = repository({ v1: { 'a.yaml': configMap('a', { x: '1' }) } })
    let unreachable = false
    const flaky = intercepted(git, (method) => {
      if (unreachable && method === 'resolve') throw new FleetkitError('git/unreachable', 'no answer from git.example.com')
    })
    const { cluster, namespace, runner, get } = await setUp(flaky)
    unreachable = true
    expect((await failure(runner.run(syncOf(namespace, 'v1')))).code).toBe('git/unreachable')
    unreachable = false
    await runner.run(syncOf(namespace, 'v1'))
    await cluster.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'a' })
    unreachable = true
    const status = await runner.run(syncOf(namespace, 'v1'))
    expect(await get('a')).toBeDefined()
    expect(status.conditions?.find(({ type }) => type === 'SourceUnavailable')?.message).toContain('no answer from git.example.com')
  })

  test('applies a definition and its first resource in one go', async () => {
    const { namespace } = await setUp(repository({}))
    const group = `${namespace}.example.com`
    const crd = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.${group} }
spec:
  group: ${group}
  scope: Namespaced
  names: { kind: Widget, plural: widgets }
  versions:
    - name: v1
      served: true
      storage: true
      schema: { openAPIV3Schema: { type: object, properties: { spec: { type: object, properties: { size: { type: integer } } } } } }
`
    const widget = `apiVersion: ${group}/v1\nkind: Widget\nmetadata: { name: first }\nspec: { size: 3 }\n`
    const { runner, cluster } = await setUp(repository({ v1: { 'z-crd.yaml': crd, 'a-widget.yaml': widget } }))
    const sync = syncOf(namespace, 'v1')
    expect(countActions(await runner.plan(sync))).toMatchObject({ create: 2, refuse: 0 })
    await runner.run(sync)
    expect((await cluster.get({ apiVersion: `${group}/v1`, kind: 'Widget', namespace, name: 'first' }))?.spec).toEqual({ size: 3 })
    expect(hasChanges(await runner.plan(sync))).toBe(false)
    await runner.remove(sync)
  })

  test('applies what others need before them: a ServiceAccount and a LimitRange before the Pod', async () => {
    const pod = `apiVersion: v1
kind: Pod
metadata: { name: a-pod }
spec: { serviceAccountName: z-account, containers: [{ name: web, image: example.com/web }] }
`
    const account = 'apiVersion: v1\nkind: ServiceAccount\nmetadata: { name: z-account }\n'
    const limits = `apiVersion: v1
kind: LimitRange
metadata: { name: z-limits }
spec: { limits: [{ type: Container, default: { memory: 64Mi } }] }
`
    const { namespace, runner, writes, events } = await setUp(
      repository({ v1: { 'pod.yaml': pod, 'account.yaml': account, 'limits.yaml': limits, 'b.yaml': configMap('b') } }),
    )
    await runner.run(syncOf(namespace, 'v1'))
    expect(events.flatMap((event) => (event.type === 'sync.applied' ? [event.ref.name] : []))).toEqual([
      'z-account',
      'b',
      'z-limits',
      'a-pod',
    ])
    expect(writes.filter((write) => write.startsWith('apply'))).toHaveLength(4)
  })

  test('replaces an object for an immutable field only when that is allowed', async () => {
    const service = (ip: string): string =>
      `apiVersion: v1\nkind: ConfigMap\nimmutable: true\nmetadata: { name: fixed }\ndata: { ip: ${JSON.stringify(ip)} }\n`
    const { namespace, runner, get } = await setUp(repository({ v1: { 'a.yaml': service('1') }, v2: { 'a.yaml': service('2') } }))
    await runner.run(syncOf(namespace, 'v1'))
    const before = await get('fixed')
    const refused = await runner.plan(syncOf(namespace, 'v2'))
    expect(countActions(refused).refuse).toBe(1)
    const error = await failure(runner.run(syncOf(namespace, 'v2')))
    expect([error.code, error.message]).toEqual([
      'cluster/immutable',
      expect.stringContaining('; set spec.force to delete and recreate it'),
    ])
    expect((await get('fixed'))?.metadata.uid).toBe(before?.metadata.uid)

    expect(countActions(await runner.plan(syncOf(namespace, 'v2', { force: true }))).replace).toBe(1)
    await runner.run(syncOf(namespace, 'v2', { force: true }))
    const after = await get('fixed')
    expect(after?.data).toEqual({ ip: '2' })
    expect(after?.metadata.uid).not.toBe(before?.metadata.uid)
  })

  test('replaces a volume only when that very object allows it, and says so', async () => {
    const claim = (storageClass: string, annotations = '{}') => `apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: data, annotations: ${annotations} }
spec: { storageClassName: ${storageClass}, accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }
`
    const { cluster, namespace, runner } = await setUp(
      repository({
        v1: { 'a.yaml': claim('slow') },
        v2: { 'a.yaml': claim('fast') },
        v3: { 'a.yaml': claim('fast', '{ sync.fleetkit.dev/force: enabled }') },
      }),
    )
    const ref = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name: 'data' }
    await runner.run(syncOf(namespace, 'v1'))
    const before = await cluster.get(ref)
    const forced = syncOf(namespace, 'v2', { force: true })
    expect(countActions(await runner.plan(forced))).toMatchObject({ replace: 0, refuse: 1 })
    const error = await failure(runner.run(forced))
    expect([error.code, error.ref?.name]).toEqual(['cluster/immutable', 'data'])
    expect(error.message.match(/PersistentVolumeClaim .*\/data: /g)).toHaveLength(1)
    expect(error.message).toContain('; annotate it with sync.fleetkit.dev/force: enabled')
    expect(await cluster.get(ref)).toMatchObject({ metadata: { uid: before?.metadata.uid }, spec: { storageClassName: 'slow' } })
    expect((await cluster.get(ref))?.metadata.deletionTimestamp).toBeUndefined()
    expect(countActions(await runner.plan(syncOf(namespace, 'v3'))).replace).toBe(1)
  })

  test("does not take another manager's field without forceConflicts", async () => {
    const { cluster, namespace, runner, get } = await setUp(repository({ v1: { 'a.yaml': configMap('a', { x: '1' }) } }))
    const theirs = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace }, data: { x: 'theirs' } }
    await cluster.apply([theirs], { fieldManager: 'helm' })
    const error = await failure(runner.run(syncOf(namespace, 'v1')))
    expect(error).toMatchObject({
      code: 'cluster/field-conflict',
      conflicts: [{ manager: 'helm', operation: 'Apply', fields: ['.data.x'] }],
    })
    expect(error.message).toContain(`ConfigMap ${namespace}/a: helm owns .data.x; set spec.forceConflicts`)
    expect((await get('a'))?.data).toEqual({ x: 'theirs' })
    await runner.run(syncOf(namespace, 'v1', { forceConflicts: true }))
    expect((await get('a'))?.data).toEqual({ x: '1' })
  })

  test('adopts an object that agrees with the version', async () => {
    const { cluster, namespace, runner, get, inventory } = await setUp(repository({ v1: { 'a.yaml': configMap('a', { x: '1' }) } }))
    await cluster.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace }, data: { x: '1' } })
    const uid = (await get('a'))?.metadata.uid
    expect(countActions(await runner.plan(syncOf(namespace, 'v1'))).adopt).toBe(1)
    expect(inventory(await runner.run(syncOf(namespace, 'v1')))).toEqual([`ConfigMap ${namespace}/a`])
    expect((await get('a'))?.metadata.uid).toBe(uid)
  })

  test('two Syncs do not take objects from each other, and one can hand them over', async () => {
    const git = repository({ v1: { 'a.yaml': configMap('a', { x: '1' }) }, v2: { 'b.yaml': configMap('b') } })
    const { namespace, runner, get } = await setUp(git)
    await runner.run(syncOf(namespace, 'v1', {}, 'one'))
    const error = await failure(runner.run(syncOf(namespace, 'v1', { forceConflicts: true }, 'two')))
    expect([error.code, error.message]).toEqual(['sync/owned', expect.stringContaining(`it belongs to Sync ${namespace}/one`)])
    const before = await get('a')
    await runner.run(syncOf(namespace, 'v2', {}, 'one'))
    expect(await get('a')).toEqual(before)
    await runner.run(syncOf(namespace, 'v1', {}, 'two'))
    expect((await get('a'))?.metadata).toMatchObject({ uid: before?.metadata.uid, labels: { 'sync.fleetkit.dev/name': 'two' } })
  })

  test("takes no object in which another Sync's status is kept, and no object that is to become one", async () => {
    const record = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: sync-late, labels: { sync.fleetkit.dev/record: late } }\n'
    const git = repository({
      v1: { 'a.yaml': configMap('a') },
      v2: { 'r.yaml': configMap('sync-victim') },
      v3: { 'r.yaml': record },
      v4: { 'r.yaml': configMap('sync-late', { 'status.json': '{}' }) },
    })
    const { namespace, runner, get } = await setUp(git)
    await runner.run(syncOf(namespace, 'v1', {}, 'victim'))
    const before = await get('sync-victim')
    const taking = syncOf(namespace, 'v2', { forceConflicts: true }, 'thief')
    expect(countActions(await runner.plan(taking))).toMatchObject({ adopt: 0, refuse: 1 })
    const error = await failure(runner.run(taking))
    expect([error.code, error.message]).toEqual(['sync/owned', expect.stringContaining(`it belongs to Sync ${namespace}/victim`)])
    expect(await get('sync-victim')).toEqual(before)

    expect((await failure(runner.run(syncOf(namespace, 'v3', {}, 'thief')))).code).toBe('sync/owned')
    expect(await get('sync-late')).toBeUndefined()
    await runner.run(syncOf(namespace, 'v4', {}, 'thief'))
    const late = await failure(runner.run(syncOf(namespace, 'v1', {}, 'late')))
    expect([late.code, late.message]).toEqual(['sync/owned', expect.stringContaining(`it belongs to Sync ${namespace}/thief`)])
  })

  test('deletes what it applied when it is removed, and nothing else', async () => {
    const { cluster, namespace, runner, get } = await setUp(repository({ v1: { 'a.yaml': configMap('a'), 'b.yaml': configMap('b') } }))
    await cluster.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'theirs', namespace } })
    const sync = syncOf(namespace, 'v1', { deletionPolicy: 'WaitForTermination' })
    await runner.run(sync)
    await runner.remove(sync)
    expect(await Promise.all(['a', 'b', 'sync-shop'].map(get))).toEqual([undefined, undefined, undefined])
    expect(await get('theirs')).toBeDefined()
  })

  test('deletionPolicy Orphan leaves everything', async () => {
    const { namespace, runner, get } = await setUp(repository({ v1: { 'a.yaml': configMap('a') } }))
    const sync = syncOf(namespace, 'v1', { deletionPolicy: 'Orphan' })
    await runner.run(sync)
    await runner.remove(sync)
    expect(await get('a')).toBeDefined()
  })

  test('waits for what it depends on', async () => {
    const { namespace, runner, writes } = await setUp(repository({ v1: { 'a.yaml': configMap('a') }, v2: { 'b.yaml': configMap('b') } }))
    const dependant = syncOf(namespace, 'v2', { dependsOn: [{ name: 'base' }] }, 'app')
    const error = await failure(runner.run(dependant))
    expect([error.code, error.message]).toEqual([
      'sync/dependency',
      expect.stringContaining(`Sync ${namespace}/base is not ready: it does not exist`),
    ])
    expect(writes.filter((write) => !write.includes('sync-'))).toEqual([])
    await runner.run(syncOf(namespace, 'v1', {}, 'base'))
    await runner.run(dependant)
  })

  test('of two writers at one Sync, one fails before it writes to the cluster', async () => {
    const git = repository({ v1: { 'a.yaml': configMap('a') } })
    const { namespace, cluster } = await setUp(git)
    let release = (): void => {}
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    const slow = new SyncRunner({
      cluster,
      git: intercepted(git, (method) => (method === 'tree' ? gate : undefined)),
    })
    const waiting = failure(slow.run(syncOf(namespace, 'v1')))
    await new Promise((resolve) => setTimeout(resolve, 50))
    await new SyncRunner({ cluster, git }).run(syncOf(namespace, 'v1'))
    release()
    expect((await waiting).code).toBe('store/conflict')
  })

  test('a suspended Sync is left alone', async () => {
    const { namespace, runner, writes } = await setUp(repository({ v1: { 'a.yaml': configMap('a') } }))
    expect((await failure(runner.run(syncOf(namespace, 'v1', { suspend: true })))).code).toBe('sync/suspended')
    expect(writes).toEqual([])
  })

  const bad: readonly [
    name: string,
    files: Readonly<Record<string, string>>,
    spec: Partial<SyncInput['spec']>,
    code: string,
    message: RegExp,
  ][] = [
    ['a path that is not there', { 'a.yaml': configMap('a') }, { path: './deploy' }, 'git/path-missing', /deploy/],
    [
      'a path that leaves the tree',
      { 'a.yaml': configMap('a') },
      { path: '../other' },
      'source/unsafe-path',
      /spec\.path: found "\.\.\/other", which leaves the tree/,
    ],
    [
      'an absolute path',
      { 'a.yaml': configMap('a') },
      { path: '/etc' },
      'source/unsafe-path',
      /spec\.path: found "\/etc", which is absolute/,
    ],
    ['broken YAML', { 'a.yaml': 'apiVersion: v1\nkind: [\n' }, {}, 'source/object-invalid', /a\.yaml:3:1: found unexpected end/],
    [
      'a duplicate object',
      { 'a.yaml': configMap('a'), 'b.yaml': configMap('a') },
      {},
      'source/duplicate',
      /b\.yaml:1: found ConfigMap .*\/a, which is also in a\.yaml:1/,
    ],
    ['a document that is no object', { 'a.yaml': 'replicas: 3\n' }, {}, 'source/object-invalid', /a\.yaml:1.*apiVersion: found nothing/],
    [
      'a label that is no string',
      { 'a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a, labels: { n: 1 } }\n' },
      {},
      'source/object-invalid',
      /found number 1, accepted a string/,
    ],
    [
      'an alias bomb',
      {
        'a.yaml': `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghij'
          .split('')
          .map((key, index) => `${key}: &${key} [${Array(9).fill(`*${'abcdefghij'[index]}`).join(',')}]`)
          .join('\n')}\n`,
      },
      {},
      'source/limit',
      /a\.yaml/,
    ],
    [
      '__proto__',
      { 'a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n__proto__: { data: { polluted: "yes" } }\n' },
      {},
      'source/object-invalid',
      /a\.yaml:\d+:\d+: .*key __proto__/,
    ],
    [
      'an unknown kind',
      { 'a.yaml': 'apiVersion: example.com/v9\nkind: Gadget\nmetadata: { name: a }\n' },
      {},
      'cluster/unknown-kind',
      /Gadget a: the cluster serves no Gadget of example\.com\/v9.*\(a\.yaml:1\)/,
    ],
    [
      'a missing namespace',
      { 'a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a, namespace: nowhere }\n' },
      {},
      'cluster/namespace-missing',
      /ConfigMap nowhere\/a: .*nowhere/,
    ],
    [
      'an unknown field',
      { 'a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndatum: {}\n' },
      {},
      'cluster/invalid',
      /ConfigMap .*\/a: .*datum/,
    ],
    [
      'a field of another type',
      { 'a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata: [1]\n' },
      {},
      'cluster/invalid',
      /ConfigMap .*\/a/,
    ],
    [
      'a directory for kustomize without its program',
      { 'kustomization.yaml': 'resources: [missing.yaml]\n' },
      {},
      'render/failed',
      /missing\.yaml/,
    ],
  ]
  test.each(bad)('bad input: %s has one clear error, and nothing is half done', async (name, files, spec, code, message) => {
    const { namespace, runner, get } = await setUp(repository({ v0: { 'keep.yaml': configMap('keep') }, v1: files }))
    await runner.run(syncOf(namespace, 'v0'))
    const error = await failure(runner.run(syncOf(namespace, 'v1', spec)))
    if (!(name.includes('kustomize') && error.code === 'render/unavailable')) {
      expect([error.code, error.message]).toEqual([code, expect.stringMatching(message)])
    }
    expect(await get('keep')).toBeDefined()
    const polluted: Record<string, unknown> = {}
    expect(polluted.data).toBeUndefined()
  })

  test('symbolic links are followed inside the tree, and refused outside of it', async () => {
    const git = memoryGit()
    git.tag(url, 'v1', git.commit(url, { 'real/a.yaml': configMap('a'), 'deploy/a.yaml': { link: '../real/a.yaml' } }))
    git.tag(url, 'v2', git.commit(url, { 'deploy/a.yaml': { link: '../../etc/passwd' } }))
    const { namespace, runner, get } = await setUp(git)
    await runner.run(syncOf(namespace, 'v1', { path: './deploy' }))
    expect(await get('a')).toBeDefined()
    const error = await failure(runner.run(syncOf(namespace, 'v2', { path: './deploy' })))
    expect([error.code, error.message]).toEqual([
      'source/unsafe-path',
      expect.stringContaining('deploy/a.yaml: the symbolic link leads out of the tree'),
    ])
  })

  test('forbidden half-way: the others are applied, all are recorded, and the next attempt completes it', async () => {
    const git = repository({
      v1: { 'a.yaml': configMap('a'), 'b.yaml': configMap('b'), 'c.yaml': configMap('c') },
      v0: { 'old.yaml': configMap('old') },
    })
    const { namespace, cluster, get, inventory, runner } = await setUp(git)
    await runner.run(syncOf(namespace, 'v0'))
    const guarded = intercepted(cluster, (method, [objects]) => {
      const ref: ObjectRef | undefined =
        method === 'apply' ? { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: objects[0].metadata.name } : undefined
      if (ref?.name === 'b') return [{ ref, error: new FleetkitError('cluster/forbidden', 'may not patch', { ref }) }]
      return undefined
    })
    const refused = new SyncRunner({ cluster: guarded, git })
    const error = await failure(refused.run(syncOf(namespace, 'v1')))
    expect([error.code, error.message]).toEqual(['cluster/forbidden', `ConfigMap ${namespace}/b: may not patch`])
    expect(await Promise.all(['a', 'c', 'old'].map(async (name) => (await get(name)) !== undefined))).toEqual([true, true, true])
    const record = JSON.parse(((await get('sync-shop')) as { data?: Record<string, string> }).data?.['status.json'] as string) as SyncStatus
    expect(inventory(record)).toEqual(['a', 'b', 'c', 'old'].map((name) => `ConfigMap ${namespace}/${name}`))
    expect(record.lastAppliedRevision).toMatch(/^v0@/)
    const status = await runner.run(syncOf(namespace, 'v1'))
    expect(inventory(status)).toEqual(['a', 'b', 'c'].map((name) => `ConfigMap ${namespace}/${name}`))
    expect(await get('old')).toBeUndefined()
  })
}
