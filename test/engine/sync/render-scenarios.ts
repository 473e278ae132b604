import { type ClusterApi, type FleetEvent, formatPlan, type KubeObject, type SyncInput, SyncRunner, type SyncStatus } from 'fleetkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Subject } from './cluster-in-memory.ts'
import { failure, readyOf, repository, syncOf } from './scenarios.ts'

type Files = Readonly<Record<string, string>>

interface SetUp {
  readonly cluster: ClusterApi
  readonly namespace: string
  readonly runner: SyncRunner
  readonly events: FleetEvent[]
  sync(spec?: Partial<SyncInput['spec']>, tag?: string): ReturnType<typeof syncOf>
  get(kind: string, name: string, apiVersion?: string): Promise<KubeObject | undefined>
  create(kind: 'ConfigMap' | 'Secret', name: string, data: Readonly<Record<string, string>>): Promise<void>
}

/** From the files of a source to the objects in a cluster, whichever cluster it is. */
export function renderScenarios(make: () => Promise<Subject>): void {
  let subject: Subject
  beforeAll(async () => {
    subject = await make()
  })
  afterAll(async () => subject[Symbol.asyncDispose]())

  async function setUp(...versions: readonly Files[]): Promise<SetUp> {
    const namespace = await subject.namespace()
    const { cluster } = subject
    const git = repository(Object.fromEntries(versions.map((files, index) => [`v${index + 1}`, files])))
    const runner = new SyncRunner({ cluster, git })
    const events: FleetEvent[] = []
    runner.events.on('*', (event) => events.push(event))
    return {
      cluster,
      namespace,
      runner,
      events,
      sync: (spec = {}, tag = 'v1') => syncOf(namespace, tag, spec),
      get: (kind, name, apiVersion = 'v1') => cluster.get({ apiVersion, kind, namespace, name }),
      async create(kind, name, data) {
        await cluster.create({ apiVersion: 'v1', kind, metadata: { name, namespace }, data })
      },
    }
  }

  describe('spec.postBuild', () => {
    const web =
      'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: "${app}-web" }\ndata: { region: "${region:=nowhere}", level: "l${level}" }\n'

    test('takes values of the spec before those of a Secret, and those before a ConfigMap', async () => {
      const { runner, sync, get, create } = await setUp({ 'web.yaml': web })
      await create('ConfigMap', 'vars', { app: 'wrong', region: 'eu', level: '1' })
      await create('Secret', 'vars', { app: base64('wrong too'), level: base64('2\n') })
      const from = (kind: 'ConfigMap' | 'Secret', name: string) => ({ kind, name, optional: name === 'missing' })
      const substituteFrom = [from('ConfigMap', 'vars'), from('Secret', 'vars'), from('Secret', 'missing')]
      await runner.run(sync({ postBuild: { substitute: { app: 'shop' }, substituteFrom } }))
      expect((await get('ConfigMap', 'shop-web'))?.data).toEqual({ region: 'eu', level: 'l2' })
    })

    test('a new value is a change, the same is none', async () => {
      const { runner, sync, get } = await setUp({ 'web.yaml': web })
      const of = (level: string) => sync({ postBuild: { substitute: { app: 'shop', level } } })
      await runner.run(of('1'))
      expect(readyOf(await runner.run(of('1')))?.message).toContain('nothing to change')
      expect(formatPlan(await runner.plan(of('2')))).toContain('.data.level: "l1" → "l2"')
      await runner.run(of('2'))
      expect((await get('ConfigMap', 'shop-web'))?.data).toEqual({ region: 'nowhere', level: 'l2' })
    })

    test('a source that is missing, a bad name and an unknown variable are one clear error each, and nothing is written', async () => {
      const { runner, sync, get, create, namespace } = await setUp({ 'web.yaml': web })
      const fail = (postBuild: SyncInput['spec']['postBuild']) => failure(runner.run(sync({ postBuild })))
      const missing = await fail({ substituteFrom: [{ kind: 'ConfigMap', name: 'vars' }] })
      expect(missing.message).toBe(`Sync ${namespace}/shop: ConfigMap ${namespace}/vars of spec.postBuild.substituteFrom does not exist`)
      await create('ConfigMap', 'vars', { 'a-b': '' })
      const named = await fail({ substituteFrom: [{ kind: 'ConfigMap', name: 'vars' }] })
      expect(named.message).toContain(`ConfigMap ${namespace}/vars[a-b]: found the variable "a-b"`)
      const unknown = await fail({ strict: true, substitute: { app: 'shop' } })
      expect(unknown.message).toMatch(/^web\.yaml:1 ConfigMap \$\{app\}-web data\.level: found \$\{level\}, a variable without a value/)
      for (const error of [missing, named, unknown]) expect(error).toMatchObject({ code: 'source/substitution', retryable: false })
      expect(await get('ConfigMap', 'shop-web')).toBeUndefined()
    })

    test('no value of a Secret is in the plan as text, in an event, in the status or in an error of the cluster', async () => {
      const pod = (port: string) =>
        `apiVersion: v1\nkind: Service\nmetadata: { name: web }\nspec: { ports: [{ port: ${port} }], externalName: "\${password}" }\n`
      const { runner, sync, create, events } = await setUp({ 'a.yaml': web, 'b.yaml': pod('80') }, { 'b.yaml': pod('"${port}"') })
      const password = 'correct-horse-battery-staple'
      await create('Secret', 'vars', { password: base64(password), port: base64(password), app: base64('shop'), level: base64(password) })
      const postBuild = { substituteFrom: [{ kind: 'Secret' as const, name: 'vars' }] }
      const status: SyncStatus[] = []
      const text = formatPlan(await runner.plan(sync({ postBuild })))
      status.push(await runner.run(sync({ postBuild })))
      const rotated = `${password}-2`
      const secret = await subject.cluster.get({ apiVersion: 'v1', kind: 'Secret', namespace: sync().metadata.namespace, name: 'vars' })
      await subject.cluster.update({
        ...(secret as KubeObject),
        data: { app: base64('shop'), level: base64(rotated), password: base64(rotated) },
      })
      const plan = await runner.plan(sync({ postBuild }))
      expect(formatPlan(plan)).toContain('.data.level: "<redacted>" → "<redacted>"')
      await subject.cluster.update({ ...(await again(secret)), data: { port: base64(password), password: base64(password) } })
      const refused = await failure(runner.run(sync({ postBuild }, 'v2')))
      const shown = JSON.stringify([text, status, formatPlan(plan), events, refused.message, refused.problems, String(refused.cause)])
      expect(refused.code).toBe('cluster/invalid')
      expect(shown).not.toContain('battery')
    })

    async function again(object: KubeObject | undefined): Promise<KubeObject> {
      const { apiVersion, kind, metadata } = object as KubeObject
      return (await subject.cluster.get({ apiVersion, kind, namespace: metadata.namespace, name: metadata.name })) as KubeObject
    }
  })

  test('a target namespace takes the ServiceAccount of a binding along, and only that', async () => {
    const { runner, sync, get, namespace, cluster } = await setUp({
      'all.yaml': `apiVersion: v1
kind: ServiceAccount
metadata: { name: app, namespace: default }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: app, namespace: default }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view }
subjects:
  - { kind: ServiceAccount, name: app, namespace: default }
  - { kind: ServiceAccount, name: theirs, namespace: default }
`,
    })
    const target = await subject.namespace()
    await runner.run(sync({ targetNamespace: target }))
    const ref = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', namespace: target, name: 'app' }
    expect((await cluster.get(ref))?.subjects).toEqual([
      { kind: 'ServiceAccount', name: 'app', namespace: target },
      { kind: 'ServiceAccount', name: 'theirs', namespace: 'default' },
    ])
    expect(await get('ServiceAccount', 'app'), namespace).toBeUndefined()
    expect(readyOf(await runner.run(sync({ targetNamespace: target })))?.message).toContain('nothing to change')
  })

  test('an exported object is applied without what was its cluster', async () => {
    const exported = { name: 'a', uid: '1-2-3', resourceVersion: '5', creationTimestamp: '2020-01-01T00:00:00Z' }
    const { runner, sync, get } = await setUp({ 'a.yaml': JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: exported }) })
    expect(formatPlan(await runner.plan(sync())).replaceAll(/\s+/g, ' ')).toContain(
      'create, it does not exist; not applied: metadata.uid, metadata.resourceVersion, metadata.creationTimestamp',
    )
    await runner.run(sync())
    expect((await get('ConfigMap', 'a'))?.metadata.uid).not.toBe('1-2-3')
    expect(readyOf(await runner.run(sync()))?.message).toContain('nothing to change')
  })

  const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: '1-2-3' }
  test.each<[string, object, object, RegExp]>([
    ['an owner of another cluster', { name: 'b', ownerReferences: [owner] }, {}, /b\.yaml:1 metadata\.ownerReferences: found an owner/],
    ['a generated name', { generateName: 'b-' }, {}, /b\.yaml:1 metadata\.generateName: found string "b-"/],
    ['a name of 254 characters', { name: 'b'.repeat(254) }, {}, /metadata\.name/],
    ['an object of 1.6 MB', { name: 'b' }, { data: { a: 'b'.repeat(1_600_000) } }, /b\.yaml:1: found an object of 1600\d{3} bytes/],
    ['metadata that is a typing error', { name: 'b', lables: { a: 'b' } }, {}, /lables/],
  ])('%s is one clear error, and nothing is written', async (_, metadata, rest, expected) => {
    const { runner, sync, get } = await setUp({
      'a.yaml': JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } }),
      'b.yaml': JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata, ...rest }),
    })
    const error = await failure(runner.run(sync()))
    expect(error.message).toMatch(expected)
    expect(error.retryable).toBe(false)
    if (error.code === 'source/object-invalid') expect(await get('ConfigMap', 'a')).toBeUndefined()
  })

  test('what an object depends on is healthy before it is applied, and goes after it', async () => {
    const definition = `apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: data }
spec: { accessModes: [ReadWriteOnce], storageClassName: none, resources: { requests: { storage: 1Gi } } }
`
    const dependent = (of: string) =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: app, annotations: { config.kubernetes.io/depends-on: ${of} } }\n`
    const { runner, sync, get, events, cluster, namespace } = await setUp(
      { 'pvc.yaml': definition, 'app.yaml': dependent('/PersistentVolumeClaim/data') },
      { 'other.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: other }\n' },
      { 'app.yaml': dependent('/PersistentVolumeClaim/data') },
    )
    const applying = runner.run(sync())
    for (let tries = 0; (await get('PersistentVolumeClaim', 'data')) === undefined && tries < 200; tries++) await breath()
    expect(await get('ConfigMap', 'app')).toBeUndefined()
    const claim = (await get('PersistentVolumeClaim', 'data')) as KubeObject
    await cluster.update({ ...claim, status: { phase: 'Bound' } }, { subresource: 'status' })
    await applying
    expect(events.filter(({ type }) => type === 'sync.applied').map((event) => ('ref' in event ? event.ref?.kind : ''))).toEqual([
      'PersistentVolumeClaim',
      'ConfigMap',
    ])
    expect(await get('ConfigMap', 'app'), namespace).toBeDefined()
    expect(readyOf(await runner.run(sync()))?.message).toContain('nothing to change')

    const refused = await failure(runner.run(sync({}, 'v3')))
    expect(refused).toMatchObject({ code: 'source/dependency', retryable: false })
    expect(refused.message).toContain('/PersistentVolumeClaim/data, which is not in the source')

    events.length = 0
    await runner.run(sync({}, 'v2'))
    const pruned = events.filter(({ type }) => type === 'sync.pruned').map((event) => ('ref' in event ? event.ref?.kind : ''))
    expect(pruned).toEqual(['ConfigMap', 'PersistentVolumeClaim'])
  })

  test('a List is what is in it', async () => {
    const items = ['a', 'b'].map((name) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } }))
    const { runner, sync, get } = await setUp({ 'list.yaml': JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) })
    await runner.run(sync())
    expect([await get('ConfigMap', 'a'), await get('ConfigMap', 'b')].map((each) => each?.metadata.name)).toEqual(['a', 'b'])
  })
}

/** Lets others work for a moment of real time. */
function breath(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 25))
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
