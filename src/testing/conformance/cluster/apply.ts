import assert from 'node:assert/strict'
import { deepFreeze } from '../../../model/deep-freeze.ts'
import { exactInteger } from '../../../model/json/exact-integer.ts'
import type { KubeObject } from '../../../model/object.ts'
import { refOf } from '../../../model/reference.ts'
import type { ConformanceCases } from '../register.ts'
import { rejects } from '../rejects.ts'
import { applied, type ClusterSubject, configMap, cronJob, deployment, refused } from './subject.ts'

const one = { fieldManager: 'one' }
const two = { fieldManager: 'two' }

/** What `apply` does with objects, and what it answers. */
export const applyCases: ConformanceCases<ClusterSubject> = {
  'apply creates an object, and says so': async (subject) => {
    const { object, created } = await applied(subject, configMap(subject, 'a', { a: '1' }), one)
    assert.equal(created, true)
    assert.deepEqual(object.data, { a: '1' })
    assert.match(object.metadata.uid ?? '', /./)
    assert.equal(object.kind, 'ConfigMap')
    assert.equal(object.apiVersion, 'v1')
    assert.deepEqual(await subject.cluster.get(refOf(object)), object)
  },

  'apply changes an object, and says that it existed': async (subject) => {
    const first = await applied(subject, configMap(subject, 'a', { a: '1' }), one)
    const second = await applied(subject, configMap(subject, 'a', { a: '2' }), one)
    assert.equal(second.created, false)
    assert.deepEqual(second.object.data, { a: '2' })
    assert.equal(second.object.metadata.uid, first.object.metadata.uid)
    assert.notEqual(second.object.metadata.resourceVersion, first.object.metadata.resourceVersion)
  },

  'an apply that changes nothing keeps the resourceVersion': async (subject) => {
    for (const object of [configMap(subject, 'a', { a: '1' }), cronJob(subject, 'c', { ports: [{ containerPort: 80 }] })]) {
      const first = await applied(subject, object, one)
      const second = await applied(subject, object, one)
      assert.equal(second.object.metadata.resourceVersion, first.object.metadata.resourceVersion)
      assert.deepEqual(second.object, first.object)
    }
  },

  'what was applied is normalised, and applying it again still changes nothing': async (subject) => {
    const given = cronJob(subject, 'c', { resources: { requests: { cpu: '1000m', memory: '1024Mi' } } })
    const first = await applied(subject, given, one)
    const wanted = cronJob(subject, 'c', { resources: { requests: { cpu: '1', memory: '1Gi' } } })
    assert.partialDeepStrictEqual(first.object.spec, wanted.spec)
    const second = await applied(subject, given, one)
    assert.equal(second.object.metadata.resourceVersion, first.object.metadata.resourceVersion)
  },

  'an integer beyond 2^53 keeps its digits, and applying it again changes nothing': async (subject) => {
    const withGrace = (seconds: bigint): KubeObject => {
      const template = { metadata: { labels: { app: 'a' } }, spec: { ...pod, terminationGracePeriodSeconds: exactInteger(seconds) } }
      return { apiVersion: 'v1', kind: 'PodTemplate', metadata: { name: 'a', namespace: subject.namespace }, template }
    }
    const pod = { containers: [{ name: 'a', image: 'a' }] }
    const first = await applied(subject, withGrace(9_007_199_254_740_993n), one)
    assert.match(JSON.stringify(first.object), /"terminationGracePeriodSeconds":9007199254740993[,}]/)
    const second = await applied(subject, withGrace(9_007_199_254_740_993n), one)
    assert.equal(second.object.metadata.resourceVersion, first.object.metadata.resourceVersion)
    const third = await applied(subject, withGrace(9_007_199_254_740_995n), one)
    assert.match(JSON.stringify(third.object), /"terminationGracePeriodSeconds":9007199254740995[,}]/)
  },

  'generation counts changes of the specification only': async (subject) => {
    const first = await applied(subject, deployment(subject, 'd', { replicas: 1 }), one)
    const second = await applied(subject, deployment(subject, 'd', { replicas: 2 }), one)
    const labelled = deployment(subject, 'd', { replicas: 2 })
    const third = await applied(subject, { ...labelled, metadata: { ...labelled.metadata, labels: { a: 'b' } } }, one)
    assert.deepEqual(
      [first, second, third].map(({ object }) => object.metadata.generation),
      [1, 2, 2],
    )
  },

  'a field that is applied no longer is removed': async (subject) => {
    await applied(subject, configMap(subject, 'a', { a: '1', b: '1' }), one)
    const { object } = await applied(subject, configMap(subject, 'a', { b: '1' }), one)
    assert.deepEqual(object.data, { b: '1' })
  },

  'an item of a list that is applied no longer is removed': async (subject) => {
    const env = (...names: readonly string[]): { env: { name: string; value: string }[] } => ({
      env: names.map((name) => ({ name, value: name })),
    })
    await applied(subject, deployment(subject, 'd', {}, env('A', 'B', 'C')), one)
    const { object } = await applied(subject, deployment(subject, 'd', {}, env('C', 'A')), one)
    assert.deepEqual(containers(object)[0]?.env, env('C', 'A').env)
  },

  'lists are merged by their keys, defaults of keys included': async (subject) => {
    await applied(subject, deployment(subject, 'd', {}, { ports: [{ containerPort: 80, name: 'http' }] }), one)
    const other = deployment(subject, 'd', {}, { ports: [{ containerPort: 80, protocol: 'UDP', name: 'quic' }] })
    const { object } = await applied(subject, other, two)
    assert.deepEqual(containers(object)[0]?.ports, [
      { containerPort: 80, name: 'http', protocol: 'TCP' },
      { containerPort: 80, name: 'quic', protocol: 'UDP' },
    ])
  },

  'results come in the order of the objects, and an error hides no other result': async (subject) => {
    const objects = ['a', 'b', 'c', 'd'].map((name) => configMap(subject, name, { name }))
    const broken = { ...(objects[1] as KubeObject), nonsense: true }
    const results = await subject.cluster.apply([objects[0], broken, objects[2], objects[3]] as KubeObject[], one)
    assert.deepEqual(
      results.map(({ ref }) => ref.name),
      ['a', 'b', 'c', 'd'],
    )
    assert.deepEqual(
      results.map((result) => 'error' in result),
      [false, true, false, false],
    )
    assert.equal(await subject.cluster.get(refOf(broken)), undefined)
  },

  'applying nothing is no error': async ({ cluster }) => {
    assert.deepEqual(await cluster.apply([], one), [])
  },

  'a frozen object can be applied, and no object is changed by it': async (subject) => {
    const object = deepFreeze(deployment(subject, 'd', { replicas: 1 }))
    const before = JSON.stringify(object)
    await applied(subject, object, one)
    assert.equal(JSON.stringify(object), before)
  },

  'a dry-run creates nothing and answers what would be created': async (subject) => {
    const { object, created } = await applied(subject, configMap(subject, 'a', { a: '1' }), { ...one, dryRun: true })
    assert.equal(created, true)
    assert.deepEqual(object.data, { a: '1' })
    assert.equal(await subject.cluster.get(refOf(object)), undefined)
  },

  'a dry-run changes nothing and answers what would be changed': async (subject) => {
    const { object } = await applied(subject, configMap(subject, 'a', { a: '1' }), one)
    const dry = await applied(subject, configMap(subject, 'a', { a: '2' }), { ...one, dryRun: true })
    assert.deepEqual(dry.object.data, { a: '2' })
    assert.equal(dry.created, false)
    assert.deepEqual(await subject.cluster.get(refOf(object)), object)
  },

  'a dry-run is checked like any other apply': async (subject) => {
    await refused(subject, { ...configMap(subject, 'a', {}), nonsense: true }, { ...one, dryRun: true }, 'cluster/invalid')
    await applied(subject, configMap(subject, 'a', { a: '1' }), one)
    await refused(subject, configMap(subject, 'a', { a: '2' }), { ...two, dryRun: true }, 'cluster/field-conflict')
  },

  'stringData of a Secret becomes data': async (subject) => {
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's', namespace: subject.namespace },
      stringData: { a: 'é' },
      data: { b: 'Yg==' },
    }
    const { object } = await applied(subject, secret, one)
    assert.deepEqual(object.data, { a: 'w6k=', b: 'Yg==' })
    assert.equal(object.stringData, undefined)
    assert.equal((await applied(subject, secret, one)).object.metadata.resourceVersion, object.metadata.resourceVersion)
  },

  'apply leaves the status to the status subresource': async (subject) => {
    const [ours, theirs] = [{ lastScheduleTime: '2001-01-01T00:00:00Z' }, { lastScheduleTime: '2002-02-02T00:00:00Z' }]
    const { object } = await applied(subject, { ...cronJob(subject, 'c'), status: ours }, one)
    assert.notDeepEqual(object.status, ours)
    const played = await subject.cluster.update({ ...object, status: theirs }, { subresource: 'status' })
    assert.deepEqual(played.status, theirs)
    const again = await applied(subject, { ...cronJob(subject, 'c', { image: 'nginx:2' }), status: ours }, one)
    assert.deepEqual(again.object.status, theirs)
  },

  'an object that was deleted is created again': async (subject) => {
    const first = await applied(subject, configMap(subject, 'a', { a: '1' }), one)
    await subject.cluster.delete(refOf(first.object))
    const second = await applied(subject, configMap(subject, 'a', { b: '1' }), one)
    assert.equal(second.created, true)
    assert.notEqual(second.object.metadata.uid, first.object.metadata.uid)
    assert.deepEqual(second.object.data, { b: '1' })
  },

  'what apply makes is seen by a watch': async (subject) => {
    const { cluster, namespace } = subject
    const type = { apiVersion: 'v1', kind: 'ConfigMap' }
    const { resourceVersion } = await cluster.list(type, { namespace })
    await applied(subject, configMap(subject, 'seen', { a: '1' }), one)
    const signal = AbortSignal.timeout(subject.patienceMs ?? 10_000)
    for await (const event of cluster.watch(type, { namespace, resourceVersion, signal })) {
      if (event.type === 'BOOKMARK' || event.object.metadata.name !== 'seen') continue
      assert.equal(event.type, 'ADDED')
      return
    }
    assert.fail('no event came')
  },

  'an aborted apply rejects': async (subject) => {
    await rejects(subject.cluster.apply([configMap(subject, 'a', {})], { ...one, signal: AbortSignal.abort() }), 'aborted')
  },

  'a field manager is 1 to 128 bytes of printable characters': async (subject) => {
    const object = configMap(subject, 'a', { a: '1' })
    for (const fieldManager of ['x'.repeat(128), 'é'.repeat(64), '🚀'.repeat(32), 'one two', 'e\u0301'])
      await applied(subject, object, { fieldManager, dryRun: true })
    const tooLong = ['x'.repeat(129), 'é'.repeat(65), '🚀'.repeat(33)]
    const unprintable = ['a\0b', 'a\nb', 'a\u007fb', 'a\u00a0b', 'a\u200bb', 'a\u3000b', 'a\ue000b', 'a\ud800b']
    for (const fieldManager of ['', ...tooLong, ...unprintable])
      await rejects(subject.cluster.apply([object], { fieldManager, dryRun: true }), 'model/invalid')
  },
}

interface Container {
  readonly env?: unknown
  readonly ports?: unknown
}

function containers(object: KubeObject): readonly Container[] {
  return (object.spec as { readonly template: { readonly spec: { readonly containers: readonly Container[] } } }).template.spec.containers
}
