import { randomBytes } from 'node:crypto'
import { type ClusterApi, FleetkitError, hasCode, type KubeObject, refOf } from 'fleetkit'
import { kubernetesCluster } from 'fleetkit/kubernetes'
import { diffOwned } from 'fleetkit/manifest'
import { memoryCluster } from 'fleetkit/memory'
import { beforeAll, describe, expect, test } from 'vitest'
import { describeWithServers, sharedControlPlane } from '../../../servers/index.ts'
import { wideDefinition } from './wide-definition.ts'

// What a server stores where null or something empty is written, or where nothing is left. The rule is that of structured-merge-diff,
// typed/remove.go (`removingWalker`): a map or a list of which everything is taken becomes null, and null is then decoded, defaulted and
// validated as any value of the field.

type Step = readonly [by: 'one' | 'two' | 'create' | 'update', value: unknown]
interface Case {
  readonly field: string
  readonly steps: readonly Step[]
  /** The value of the field after the last step; `'cluster/invalid'` when that is refused, at the path of the field. */
  readonly left: unknown
}

const absent = undefined
const invalid = 'cluster/invalid'
const c = { c: 'x' }

const custom: Readonly<Record<string, readonly Case[]>> = {
  'a typed map': [
    { field: 'parts', steps: [['one', {}]], left: {} },
    { field: 'parts', steps: [['one', null]], left: invalid },
    { field: 'parts', steps: [['create', null]], left: absent },
    { field: 'parts', steps: [['create', {}]], left: {} },
    {
      field: 'parts',
      steps: [
        ['one', c],
        ['one', {}],
      ],
      left: invalid,
    },
    {
      field: 'parts',
      steps: [
        ['one', c],
        ['one', null],
      ],
      left: invalid,
    },
    {
      field: 'parts',
      steps: [
        ['one', c],
        ['one', absent],
      ],
      left: absent,
    },
    {
      field: 'parts',
      steps: [
        ['one', c],
        ['update', {}],
      ],
      left: {},
    },
    {
      field: 'parts',
      steps: [
        ['one', c],
        ['update', null],
      ],
      left: absent,
    },
    {
      field: 'parts',
      steps: [
        ['create', c],
        ['one', {}],
      ],
      left: c,
    },
    {
      field: 'parts',
      steps: [
        ['one', {}],
        ['one', {}],
      ],
      left: {},
    },
    {
      field: 'parts',
      steps: [
        ['one', {}],
        ['one', absent],
      ],
      left: absent,
    },
    {
      field: 'parts',
      steps: [
        ['one', c],
        ['two', {}],
      ],
      left: c,
    },
    {
      field: 'parts',
      steps: [
        ['one', c],
        ['two', null],
      ],
      left: c,
    },
    {
      field: 'parts',
      steps: [
        ['one', c],
        ['two', c],
        ['one', {}],
      ],
      left: c,
    },
    {
      field: 'parts',
      steps: [
        ['one', c],
        ['two', c],
        ['one', {}],
        ['two', {}],
      ],
      left: invalid,
    },
    {
      field: 'parts',
      steps: [
        ['one', c],
        ['two', {}],
        ['one', absent],
      ],
      left: invalid,
    },
  ],
  'a typed structure': [
    {
      field: 'struct',
      steps: [
        ['one', { a: 'x' }],
        ['one', {}],
      ],
      left: invalid,
    },
    {
      field: 'struct',
      steps: [
        ['one', { a: 'x', inner: { x: 'x' } }],
        ['one', { a: 'x' }],
      ],
      left: { a: 'x' },
    },
    {
      field: 'struct.inner',
      steps: [
        ['one', { a: 'x', inner: { x: 'x' } }],
        ['one', { a: 'x', inner: {} }],
      ],
      left: invalid,
    },
  ],
  'a map of maps': [
    { field: 'nested', steps: [['one', { k: {} }]], left: { k: {} } },
    {
      field: 'nested',
      steps: [
        ['one', { k: c }],
        ['one', {}],
      ],
      left: invalid,
    },
    {
      field: 'nested.k',
      steps: [
        ['one', { k: c }],
        ['one', { k: {} }],
      ],
      left: invalid,
    },
    {
      field: 'nested',
      steps: [
        ['one', { k: c, l: c }],
        ['one', { k: c }],
      ],
      left: { k: c },
    },
    { field: 'nested', steps: [['create', { k: null }]], left: {} },
  ],
  'an atomic map': [
    {
      field: 'whole',
      steps: [
        ['one', c],
        ['one', {}],
      ],
      left: {},
    },
    {
      field: 'whole',
      steps: [
        ['one', c],
        ['two', {}],
      ],
      left: {},
    },
    {
      field: 'whole',
      steps: [
        ['one', c],
        ['one', null],
      ],
      left: invalid,
    },
  ],
  'an atomic list': [
    {
      field: 'order',
      steps: [
        ['one', ['a']],
        ['one', []],
      ],
      left: [],
    },
    {
      field: 'order',
      steps: [
        ['one', ['a']],
        ['two', []],
      ],
      left: [],
    },
    {
      field: 'order',
      steps: [
        ['one', ['a']],
        ['one', null],
      ],
      left: invalid,
    },
  ],
  'a set': [
    { field: 'tags', steps: [['one', []]], left: [] },
    {
      field: 'tags',
      steps: [
        ['one', ['a']],
        ['one', []],
      ],
      left: absent,
    },
    {
      field: 'tags',
      steps: [
        ['one', ['a']],
        ['one', null],
      ],
      left: invalid,
    },
    {
      field: 'tags',
      steps: [
        ['one', ['a']],
        ['two', []],
        ['one', []],
      ],
      left: absent,
    },
    {
      field: 'tags',
      steps: [
        ['one', ['a']],
        ['two', ['a']],
        ['one', []],
      ],
      left: ['a'],
    },
    {
      field: 'tags',
      steps: [
        ['one', ['a']],
        ['update', []],
      ],
      left: [],
    },
    {
      field: 'tags',
      steps: [
        ['one', ['a']],
        ['update', null],
      ],
      left: absent,
    },
  ],
  'a list by keys': [
    { field: 'items', steps: [['one', []]], left: [] },
    {
      field: 'items',
      steps: [
        ['one', [{ name: 'a' }]],
        ['one', []],
      ],
      left: absent,
    },
    {
      field: 'items',
      steps: [
        ['one', [{ name: 'a' }]],
        ['one', null],
      ],
      left: invalid,
    },
    {
      field: 'items',
      steps: [
        ['one', [{ name: 'a' }]],
        ['two', []],
      ],
      left: [{ name: 'a' }],
    },
    {
      field: 'items[0].parts',
      steps: [
        ['one', [{ name: 'a', parts: c }]],
        ['one', [{ name: 'a', parts: {} }]],
      ],
      left: invalid,
    },
    {
      field: 'items',
      steps: [
        ['one', [{ name: 'a', tags: ['a'] }]],
        ['one', [{ name: 'a', tags: [] }]],
      ],
      left: [{ name: 'a' }],
    },
  ],
  'a nullable map': [
    { field: 'maybe', steps: [['one', null]], left: null },
    { field: 'maybe', steps: [['create', null]], left: null },
    {
      field: 'maybe',
      steps: [
        ['one', c],
        ['update', null],
      ],
      left: null,
    },
    {
      field: 'maybe',
      steps: [
        ['one', c],
        ['one', {}],
      ],
      left: null,
    },
    {
      field: 'maybe',
      steps: [
        ['one', c],
        ['one', {}],
        ['one', {}],
      ],
      left: {},
    },
    {
      field: 'maybe',
      steps: [
        ['one', null],
        ['two', c],
      ],
      left: c,
    },
  ],
  'a map with a default': [
    {
      field: 'given',
      steps: [
        ['one', c],
        ['one', {}],
      ],
      left: { d: 'x' },
    },
    { field: 'given', steps: [['one', null]], left: { d: 'x' } },
    { field: 'given', steps: [['create', null]], left: { d: 'x' } },
    { field: 'given', steps: [['create', {}]], left: {} },
  ],
  'an untyped object': [
    {
      field: 'free',
      steps: [
        ['one', { m: c }],
        ['one', { m: {} }],
      ],
      left: { m: null },
    },
    {
      field: 'free',
      steps: [
        ['one', { m: c }],
        ['one', { m: {} }],
        ['one', { m: {} }],
      ],
      left: { m: {} },
    },
    {
      field: 'free',
      steps: [
        ['one', { m: c }],
        ['one', { m: null }],
      ],
      left: { m: null },
    },
    {
      field: 'free',
      steps: [
        ['one', { m: c }],
        ['two', { m: {} }],
        ['one', {}],
      ],
      left: { m: null },
    },
    {
      field: 'free',
      steps: [
        ['one', { m: c }],
        ['two', { m: null }],
      ],
      left: { m: c },
    },
    {
      field: 'free',
      steps: [
        ['one', { m: { n: c } }],
        ['one', { m: { n: {} } }],
      ],
      left: { m: { n: null } },
    },
    {
      field: 'free',
      steps: [
        ['one', { m: c }],
        ['one', {}],
      ],
      left: invalid,
    },
    {
      field: 'free',
      steps: [
        ['one', { l: ['a'] }],
        ['one', { l: [] }],
      ],
      left: { l: [] },
    },
    {
      field: 'free',
      steps: [
        ['one', { l: ['a'] }],
        ['one', { l: null }],
      ],
      left: { l: null },
    },
    {
      field: 'free',
      steps: [
        ['one', { m: c }],
        ['one', { m: [] }],
      ],
      left: { m: [] },
    },
    { field: 'free', steps: [['create', { m: null }]], left: { m: null } },
    {
      field: 'free',
      steps: [
        ['one', { m: c }],
        ['update', { m: null }],
      ],
      left: { m: null },
    },
  ],
  'a value of any type': [
    {
      field: 'any',
      steps: [
        ['one', { m: c }],
        ['one', {}],
      ],
      left: absent,
    },
    {
      field: 'any',
      steps: [
        ['one', { m: c }],
        ['one', {}],
        ['one', {}],
      ],
      left: {},
    },
    {
      field: 'any',
      steps: [
        ['one', { m: c }],
        ['one', { m: {} }],
      ],
      left: { m: null },
    },
    { field: 'any', steps: [['one', null]], left: absent },
    {
      field: 'any',
      steps: [
        ['one', { m: c }],
        ['one', 'x'],
      ],
      left: 'x',
    },
  ],
}

const deployed = (fields: object): object => ({
  selector: { matchLabels: { app: 'a' } },
  template: { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'a', image: 'a', ...fields }] } },
})
const env = [{ name: 'A', value: 'x' }]

/** The object around the value of the field, for the fields of built-in kinds. */
const objects: Readonly<Record<string, (value: unknown) => object>> = {
  data: (data) => ({ apiVersion: 'v1', kind: 'ConfigMap', data }),
  'metadata.annotations': (annotations) => ({ apiVersion: `${group}/v1`, kind: 'Gadget', metadata: { annotations } }),
  'metadata.labels': (labels) => ({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { labels }, spec: deployed({}) }),
  'spec.template.spec.containers.0.env': (value) => ({ apiVersion: 'apps/v1', kind: 'Deployment', spec: deployed({ env: value }) }),
}

const builtIn: Readonly<Record<string, readonly Case[]>> = {
  'the data of a ConfigMap': [
    { field: 'data', steps: [['one', {}]], left: absent },
    { field: 'data', steps: [['one', null]], left: absent },
    { field: 'data', steps: [['create', {}]], left: absent },
    { field: 'data', steps: [['create', null]], left: absent },
    {
      field: 'data',
      steps: [
        ['one', c],
        ['one', {}],
      ],
      left: absent,
    },
    {
      field: 'data',
      steps: [
        ['one', c],
        ['one', null],
      ],
      left: absent,
    },
    {
      field: 'data',
      steps: [
        ['one', c],
        ['update', {}],
      ],
      left: absent,
    },
    {
      field: 'data',
      steps: [
        ['one', c],
        ['update', null],
      ],
      left: absent,
    },
    {
      field: 'data',
      steps: [
        ['create', c],
        ['one', {}],
      ],
      left: c,
    },
    {
      field: 'data',
      steps: [
        ['one', c],
        ['two', {}],
      ],
      left: c,
    },
    {
      field: 'data',
      steps: [
        ['one', c],
        ['two', c],
        ['one', {}],
      ],
      left: c,
    },
    {
      field: 'data',
      steps: [
        ['one', c],
        ['two', {}],
        ['one', absent],
      ],
      left: absent,
    },
    { field: 'data', steps: [['one', { c: null }]], left: { c: '' } },
  ],
  'the labels of a Deployment': [
    { field: 'metadata.labels', steps: [['one', {}]], left: absent },
    { field: 'metadata.labels', steps: [['one', null]], left: absent },
    {
      field: 'metadata.labels',
      steps: [
        ['one', c],
        ['one', {}],
      ],
      left: absent,
    },
    {
      field: 'metadata.labels',
      steps: [
        ['one', c],
        ['two', {}],
        ['one', {}],
      ],
      left: absent,
    },
    {
      field: 'metadata.labels',
      steps: [
        ['one', c],
        ['two', c],
        ['one', {}],
      ],
      left: c,
    },
    {
      field: 'metadata.labels',
      steps: [
        ['one', c],
        ['update', {}],
      ],
      left: absent,
    },
  ],
  'the annotations of a custom object': [
    { field: 'metadata.annotations', steps: [['one', {}]], left: absent },
    { field: 'metadata.annotations', steps: [['one', null]], left: absent },
    {
      field: 'metadata.annotations',
      steps: [
        ['one', c],
        ['one', {}],
      ],
      left: absent,
    },
    { field: 'metadata.annotations', steps: [['create', {}]], left: absent },
  ],
  'the variables of a container': [
    { field: 'spec.template.spec.containers.0.env', steps: [['one', []]], left: absent },
    {
      field: 'spec.template.spec.containers.0.env',
      steps: [
        ['one', env],
        ['one', []],
      ],
      left: absent,
    },
    {
      field: 'spec.template.spec.containers.0.env',
      steps: [
        ['one', env],
        ['one', null],
      ],
      left: absent,
    },
    {
      field: 'spec.template.spec.containers.0.env',
      steps: [
        ['one', env],
        ['two', []],
      ],
      left: env,
    },
    {
      field: 'spec.template.spec.containers.0.env',
      steps: [
        ['one', env],
        ['two', env],
        ['one', []],
      ],
      left: env,
    },
  ],
}

const group = `g${randomBytes(4).toString('hex')}.empty.fleetkit.dev`

function objectOf(field: string, value: unknown, namespace: string, name: string): KubeObject {
  const [root = ''] = field.split(/[.[]/)
  const object = objects[field]?.(value) ?? { apiVersion: `${group}/v1`, kind: 'Gadget', spec: { [root]: value } }
  const { metadata, ...rest } = JSON.parse(JSON.stringify(object)) as KubeObject
  return { ...rest, metadata: { ...metadata, namespace, name } }
}

/** Does the steps to a new object, and says what is then in the field. */
async function outcome(cluster: ClusterApi, namespace: string, { field, steps }: Case): Promise<unknown> {
  const name = `x${randomBytes(6).toString('hex')}`
  for (const [index, [by, value]] of steps.entries()) {
    try {
      await write(cluster, objectOf(field, value, namespace, name), by)
    } catch (error) {
      if (!(error instanceof FleetkitError) || index < steps.length - 1) throw error
      return [error.code, ...error.problems.map(({ path }) => path)]
    }
  }
  const live = await cluster.get(refOf(objectOf(field, absent, namespace, name)))
  const path = field in objects ? field : `spec.${field}`
  return path.split('.').reduce((value: unknown, key) => (value as Record<string, unknown> | null | undefined)?.[key], live)
}

async function write(cluster: ClusterApi, object: KubeObject, by: Step[0]): Promise<void> {
  if (by === 'create') await cluster.create(object)
  else if (by === 'update') {
    const live = (await cluster.get(refOf(object))) as KubeObject
    const spec = { ...(live.spec as object), ...(object.spec as object) }
    const metadata = { ...live.metadata, ...object.metadata }
    try {
      await cluster.update({ ...live, ...object, ...(object.spec === undefined ? {} : { spec }), metadata })
    } catch (error) {
      // The controller of Deployments runs beside other suites, and can write in between.
      if (!hasCode(error, 'store/conflict')) throw error
      await write(cluster, object, by)
    }
  } else {
    const [result] = await cluster.apply([object], { fieldManager: by, force: true })
    if (result !== undefined && 'error' in result) throw result.error
  }
}

function casesHold(connect: () => Promise<{ readonly cluster: ClusterApi; readonly namespace: string }>): void {
  let subject: { readonly cluster: ClusterApi; readonly namespace: string }
  beforeAll(async () => {
    subject = await connect()
    const { cluster, namespace } = subject
    const type = wideDefinition(group)
    await cluster.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, type], { fieldManager: 'setup' })
    // A type is served a moment after its definition is stored; an apply waits for that.
    await write(cluster, objectOf('parts', absent, namespace, 'first'), 'one')
    return async () => {
      await cluster.delete(refOf(type))
      await cluster[Symbol.asyncDispose]()
    }
  })

  describe.each(Object.entries({ ...custom, ...builtIn }))('%s', (_, cases) => {
    test.each(
      cases.map(
        (given) =>
          [`${given.field}: ${given.steps.map(([by, value]) => `${by} ${JSON.stringify(value) ?? 'nothing'}`).join(', ')}`, given] as const,
      ),
    )('%s', async (_, given) => {
      const left = await outcome(subject.cluster, subject.namespace, given)
      expect(left).toEqual(given.left === invalid ? [invalid, `spec.${given.field}`] : given.left)
    })
  })
}

describe('empty values in the memory cluster', () => {
  casesHold(async () => ({ cluster: memoryCluster(), namespace: 'empty' }))

  test('are no drift once the map that became null is applied again', async () => {
    await using cluster = memoryCluster()
    await cluster.apply([wideDefinition(group)], { fieldManager: 'setup' })
    const full = objectOf('free', { m: c }, 'default', 'a')
    const emptied = objectOf('free', { m: {} }, 'default', 'a')
    const drift = async () => diffOwned(emptied, (await cluster.get(refOf(emptied))) as KubeObject, 'one').changes
    await write(cluster, full, 'one')
    await write(cluster, emptied, 'one')
    expect(await drift()).toEqual([{ path: '.spec.free.m', from: undefined, to: {} }])
    await write(cluster, emptied, 'one')
    expect(await drift()).toEqual([])
  })
})

test('a map that becomes another kind of value is lost with all that was owned in it', async () => {
  await using cluster = memoryCluster()
  await cluster.apply([wideDefinition(group)], { fieldManager: 'setup' })
  await write(cluster, objectOf('free', { m: c }, 'default', 'a'), 'one')
  await write(cluster, objectOf('free', { m: 'x' }, 'default', 'a'), 'two')
  const live = await cluster.get(refOf(objectOf('free', absent, 'default', 'a')))
  expect(live?.metadata.managedFields?.map(({ manager }) => manager)).toEqual(['two'])
})

describeWithServers('empty values in a real cluster', () => {
  casesHold(async () => {
    const { kubeconfig } = await sharedControlPlane()
    return { cluster: await kubernetesCluster({ kubeconfig }), namespace: `empty-${randomBytes(4).toString('hex')}` }
  })
})
