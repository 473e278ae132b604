import { actionsOf, type ClusterApi, FleetkitError, type JsonObject, type KubeObject, refOf, type SyncInput, SyncRunner } from 'fleetkit'
import { memoryCluster } from 'fleetkit/memory'
import { expect, test } from 'vitest'
import { configMap, intercepted, repository, syncOf } from './scenarios.ts'

const widgetSpec: JsonObject = {
  type: 'object',
  properties: {
    mode: { type: 'string', enum: ['Fast', 'Slow'] },
    rules: {
      type: 'array',
      items: { type: 'object', properties: { name: { type: 'string' }, weight: { type: 'integer', default: 1 } } },
    },
  },
}
const widgetSchema: JsonObject = { type: 'object', properties: { spec: widgetSpec } }
const definition = (schema: JsonObject): KubeObject => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { kind: 'Widget', plural: 'widgets' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
  },
})
const widget = (spec: JsonObject): string => JSON.stringify({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w' }, spec })

/** The schemas that an API server publishes of these types. */
const documents: Readonly<Record<string, JsonObject>> = {
  v1: {
    paths: {},
    components: {
      schemas: {
        'io.k8s.api.core.v1.ConfigMap': {
          type: 'object',
          properties: {
            apiVersion: { type: 'string' },
            kind: { type: 'string' },
            metadata: { default: {}, allOf: [{ $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' }] },
            data: { type: 'object', additionalProperties: { type: 'string', default: '' } },
          },
          'x-kubernetes-group-version-kind': [{ group: '', kind: 'ConfigMap', version: 'v1' }],
        },
        'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta': {
          type: 'object',
          properties: {
            name: { type: 'string' },
            namespace: { type: 'string' },
            labels: { type: 'object', additionalProperties: { type: 'string', default: '' } },
          },
        },
      },
    },
  },
  'example.com/v1': {
    paths: {},
    components: {
      schemas: {
        'com.example.v1.Widget': {
          ...widgetSchema,
          properties: { ...(widgetSchema.properties as JsonObject), metadata: { type: 'object' } },
          'x-kubernetes-group-version-kind': [{ group: 'example.com', kind: 'Widget', version: 'v1' }],
        },
      },
    },
  },
}

interface World {
  readonly runner: SyncRunner
  readonly reader: SyncRunner
  readonly dryRuns: string[]
}

/** A cluster, and the same for a user who may write nothing but `writable`. */
async function world(
  versions: Parameters<typeof repository>[0],
  {
    writable = [],
    openApi = async (of: string) => documents[of] as JsonObject | undefined,
  }: Partial<Pick<ClusterApi, 'openApi'>> & {
    readonly writable?: readonly string[]
  } = {},
): Promise<World> {
  const cluster = memoryCluster()
  await cluster.apply([definition(widgetSchema)], { fieldManager: 'admin' })
  const git = repository(versions)
  const dryRuns: string[] = []
  const readOnly = intercepted(Object.assign(cluster, { openApi }), (method, [objects]) => {
    if (method !== 'apply') return undefined
    const names = (objects as readonly KubeObject[]).map(({ kind, metadata: { name } }) => `${kind} ${name}`)
    dryRuns.push(...names)
    if (writable.includes(objects[0].kind)) return undefined
    const error = new FleetkitError('cluster/forbidden', 'cannot patch')
    return objects.map((object: KubeObject) => ({ ref: refOf(object), error }))
  })
  return { runner: new SyncRunner({ cluster, git }), reader: new SyncRunner({ cluster: readOnly, git }), dryRuns }
}

const planOf = async (runner: SyncRunner, tag: string, spec: Partial<SyncInput['spec']> = {}) =>
  actionsOf(await runner.plan(syncOf('default', tag, spec))).map(({ type, ref, certainty, changes, reason }) => ({
    is: `${type} ${ref.name} ${certainty}`,
    changes: changes.map(({ path }) => path),
    reason: reason.message,
  }))

test('what the schema explains is no change, and what it does not know is refused, as the cluster would', async () => {
  const { runner, reader } = await world({
    v1: { 'a.json': widget({ rules: [{ name: 'a' }] }) },
    v2: { 'a.json': widget({ rules: [{ name: 'a', weight: 2 }] }) },
    v3: { 'a.json': widget({ colour: 'red' }) },
    v4: { 'a.json': widget({ mode: 'Quick' }) },
  })
  await runner.run(syncOf('default', 'v1'))
  expect(await planOf(reader, 'v1')).toMatchObject([{ is: 'skip w predicted', changes: [] }])
  for (const tag of ['v2', 'v3', 'v4']) {
    const [confirmed, predicted] = [await planOf(runner, tag), await planOf(reader, tag)]
    expect(predicted).toEqual(confirmed.map((action) => ({ ...action, is: action.is.replace('confirmed', 'predicted') })))
  }
})

test('the cluster is asked once for each right: by kind, namespace, and whether the object is there', async () => {
  const maps = (value: string) => Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [`${name}.yaml`, configMap(name, { x: value })]))
  const { runner, reader, dryRuns } = await world({
    v1: maps('1'),
    v2: { ...maps('2'), 'e.yaml': configMap('e'), 'f.yaml': configMap('f') },
  })
  await runner.run(syncOf('default', 'v1'))
  const actions = await planOf(reader, 'v2')
  expect(dryRuns).toEqual(['ConfigMap a', 'ConfigMap e'])
  expect(actions.map(({ is, changes }) => [is, ...changes])).toEqual([
    ...['a', 'b', 'c', 'd'].map((name) => [`update ${name} predicted`, '.data.x']),
    ['create e predicted'],
    ['create f predicted'],
  ])
})

test('what may be written is confirmed, beside what is predicted', async () => {
  const { reader } = await world({ v1: { 'a.yaml': configMap('a'), 'w.json': widget({}) } }, { writable: ['ConfigMap'] })
  expect((await planOf(reader, 'v1')).map(({ is }) => is)).toEqual(['create a confirmed', 'create w predicted'])
})

test('a plan says where a schema could not be read, and goes by managed fields then', async () => {
  const versions = { v1: { 'a.yaml': configMap('a', { x: '1' }) }, v2: { 'a.yaml': configMap('a', { x: '2' }) } }
  const broken = async () => {
    throw new FleetkitError('cluster/protocol', 'the answer is larger than 7 bytes')
  }
  const reasons = { 'the answer is larger than 7 bytes': broken, 'the cluster has none of ConfigMap of v1': async () => undefined }
  for (const [reason, openApi] of Object.entries(reasons)) {
    const { runner, reader } = await world(versions, { openApi })
    await runner.run(syncOf('default', 'v1'))
    expect(await planOf(reader, 'v2')).toEqual([
      {
        is: 'update a predicted',
        changes: ['.data.x'],
        reason: `differs from the source; the schema of its type could not be read: ${reason}`,
      },
    ])
  }
})

test('a namespace that is missing, and a definition that the plan changes, are known without the right to write', async () => {
  const namespace = (name: string): string => JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  const into = (name: string): string => configMap('a').replace('name: a', `name: a, namespace: ${name}`)
  const wider = { type: 'object', properties: { spec: { ...widgetSpec, properties: { colour: { type: 'string' } } } } }
  const { reader } = await world({
    v1: { 'a.yaml': into('nowhere') },
    v2: { 'a.yaml': into('here'), 'n.json': namespace('here') },
    v3: { 'd.json': JSON.stringify(definition(wider)), 'w.json': widget({ colour: 'red' }) },
  })
  expect(await planOf(reader, 'v1')).toMatchObject([{ is: 'refuse a predicted', reason: expect.stringContaining('there is no namespace') }])
  expect((await planOf(reader, 'v2')).map(({ is }) => is)).toEqual(['create here predicted', 'create a predicted'])
  expect((await planOf(reader, 'v3', { forceConflicts: true })).map(({ is }) => is)).toEqual([
    'adopt widgets.example.com predicted',
    'create w predicted',
  ])
})
