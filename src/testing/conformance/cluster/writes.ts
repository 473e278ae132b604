import assert from 'node:assert/strict'
import type { JsonObject, KubeObject } from '../../../model/object.ts'
import { refOf } from '../../../model/reference.ts'
import type { ConformanceCases } from '../register.ts'
import { rejects } from '../rejects.ts'
import { applied, type ClusterSubject, configMap, cronJob, deployment, gadget, ownedBy, refused, withDefinition } from './subject.ts'

const one = { fieldManager: 'one' }
const two = { fieldManager: 'two' }

/** What every write can ask for: its manager, a dry-run, the validation of fields, the status. */
export const writeCases: ConformanceCases<ClusterSubject> = {
  'creates and updates are owned by the manager that they name': async (subject) => {
    const created = await subject.cluster.create(configMap(subject, 'a', { a: '1', b: '1' }), one)
    assert.deepEqual(ownedBy(created, 'one', 'Update'), { 'f:data': { '.': {}, 'f:a': {}, 'f:b': {} } })
    const updated = await subject.cluster.update({ ...created, data: { a: '2', b: '1' } }, two)
    assert.deepEqual(ownedBy(updated, 'one', 'Update'), { 'f:data': { '.': {}, 'f:b': {} } })
    assert.deepEqual(ownedBy(updated, 'two', 'Update'), { 'f:data': { 'f:a': {} } })
    await rejects(subject.cluster.update(updated, { fieldManager: '' }), 'model/invalid')
  },

  'a created built-in object is owned without the structures that every one has': async (subject) => {
    const created = await subject.cluster.create(deployment(subject, 'd'), one)
    const { 'f:spec': spec } = ownedBy(created, 'one', 'Update') as {
      readonly 'f:spec': { readonly 'f:template': JsonObject } & JsonObject
    }
    assert.equal(spec['.'], undefined)
    assert.equal(spec['f:template']['.'], undefined)
    assert.deepEqual(spec['f:replicas'], {}, 'defaults are owned by who creates')
  },

  'a dry-run of a create or an update stores nothing': async (subject) => {
    const { cluster } = subject
    const dry = await cluster.create(configMap(subject, 'a', { a: '1' }), { ...one, dryRun: true })
    assert.equal(await cluster.get(refOf(dry)), undefined)
    const created = await cluster.create(configMap(subject, 'a', { a: '1' }), one)
    assert.deepEqual((await cluster.update({ ...created, data: { a: '2' } }, { ...two, dryRun: true })).data, { a: '2' })
    assert.deepEqual(await cluster.get(refOf(created)), created)
  },

  'unknown fields are refused, or dropped on request': async (subject) => {
    const { cluster } = subject
    const odd = { ...deployment(subject, 'd'), nonsense: true }
    const error = await rejects(cluster.create(odd, one), 'cluster/invalid')
    assert.equal(error.reason, 'BadRequest')
    await rejects(cluster.create(odd, { ...one, fieldValidation: 'Strict' }), 'cluster/invalid')
    for (const fieldValidation of ['Warn', 'Ignore'] as const)
      assert.equal((await cluster.create(odd, { ...one, fieldValidation, dryRun: true })).nonsense, undefined)
  },

  'an apply refuses unknown fields, whatever it asks for': (subject) =>
    withDefinition(subject, async (group) => {
      for (const object of [deployment(subject, 'd', { nonsense: 1 }), gadget(subject, group, 'a', { nonsense: 1 })])
        await refused(subject, object, { ...one, fieldValidation: 'Ignore' }, 'cluster/invalid')
    }),

  'status is applied as a subresource, and owned as one': async (subject) => {
    const { object } = await applied(subject, cronJob(subject, 'c'), one)
    const { apiVersion, kind, metadata } = cronJob(subject, 'c')
    const status = { lastScheduleTime: '2001-01-01T00:00:00Z' }
    const result = await applied(subject, { apiVersion, kind, metadata, status }, { ...two, subresource: 'status' })
    assert.deepEqual(result.object.status, status)
    assert.deepEqual(result.object.spec, object.spec)
    const owner = result.object.metadata.managedFields?.find(({ manager }) => manager === 'two')
    assert.deepEqual([owner?.operation, owner?.subresource], ['Apply', 'status'])
    assert.deepEqual(owner?.fieldsV1, { 'f:status': { 'f:lastScheduleTime': {} } })
    const other = { apiVersion, kind, metadata, status: { lastScheduleTime: '2002-02-02T00:00:00Z' } }
    await refused(subject, other, { ...one, subresource: 'status' }, 'cluster/field-conflict')
    await refused(subject, configMap(subject, 'a', {}), { ...one, subresource: 'status' }, 'cluster/invalid')
  },

  'an update takes over the managed fields that it brings': async (subject) => {
    const { object } = await applied(subject, configMap(subject, 'a', { a: '1' }), one)
    const [entry] = object.metadata.managedFields ?? []
    const metadata = { ...object.metadata, managedFields: [{ ...entry, manager: 'heir' }] }
    const updated = await subject.cluster.update({ ...object, metadata }, two)
    assert.deepEqual(ownedBy(updated, 'heir'), { 'f:data': { 'f:a': {} } })
    assert.equal(ownedBy(updated, 'one'), undefined)
    const { managedFields: _, ...without } = updated.metadata
    assert.deepEqual(
      (await subject.cluster.update({ ...updated, metadata: without }, two)).metadata.managedFields,
      updated.metadata.managedFields,
    )
  },

  'an update clears the managed fields with an empty list or entry': (subject) =>
    withDefinition(subject, async (group) => {
      for (const given of [configMap(subject, 'a', { a: '1' }), gadget(subject, group, 'a', { count: 1 })])
        for (const managedFields of [[], [{}]]) {
          const { object } = await applied(subject, given, one)
          const cleared = await subject.cluster.update({ ...object, metadata: { ...object.metadata, managedFields } }, two)
          assert.equal(cleared.metadata.managedFields, undefined)
          assert.equal((await subject.cluster.get(refOf(given)))?.metadata.managedFields, undefined)
        }
    }),

  'an apply that says who owns what is refused': async (subject) => {
    const { object } = await applied(subject, configMap(subject, 'a', { a: '1' }), one)
    const { managedFields } = object.metadata
    const given = configMap(subject, 'a', { a: '2' })
    const error = await refused(subject, { ...given, metadata: { ...given.metadata, managedFields } }, one, 'cluster/invalid')
    assert.equal(error.reason, 'BadRequest')
  },

  'an error says whether an object cannot be read or breaks a rule, and why': async (subject) => {
    const unread = await refused(subject, { ...configMap(subject, 'a', {}), data: { a: 1 } }, one, 'cluster/invalid')
    assert.equal(unread.reason, 'BadRequest')
    const ruled = await refused(subject, deployment(subject, 'd', { selector: { matchLabels: { app: 'other' } } }), one, 'cluster/invalid')
    assert.equal(ruled.reason, 'Invalid')
    assert.ok(ruled.problems.length > 0 && ruled.problems.every(({ cause }) => cause?.startsWith('FieldValue')))
  },

  'deleting an object with finalizers answers it, and the update that takes the last one the object without': async (subject) => {
    const { cluster } = subject
    const given = configMap(subject, 'a', { a: '1' })
    const created = await cluster.create({ ...given, metadata: { ...given.metadata, finalizers: ['example.com/a'] } }, one)
    const waiting = (await cluster.delete(refOf(created))) as KubeObject
    assert.match(waiting.metadata.deletionTimestamp ?? '', /./)
    const last = await cluster.update({ ...waiting, metadata: { ...waiting.metadata, finalizers: [] } }, two)
    assert.equal(last.metadata.finalizers, undefined)
    assert.equal(await cluster.get(refOf(created)), undefined)
    const plain = await cluster.create(configMap(subject, 'b', {}), one)
    assert.equal(await cluster.delete(refOf(plain)), undefined)
  },

  'an object with defaults in values that are one is not changed by applying it again': (subject) =>
    withDefinition(subject, async (group) => {
      const { namespace } = subject
      const ports = [{ port: 80 }]
      const slice = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { name: 'a', namespace }, addressType: 'IPv4' }
      const policy = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'a', namespace } }
      const env = [{ name: 'N', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }]
      for (const object of [
        gadget(subject, group, 'a', { parts: {} }),
        { ...slice, endpoints: [], ports },
        { ...policy, spec: { podSelector: {}, ingress: [{ ports }] } },
        cronJob(subject, 'c', { env }),
      ]) {
        const first = await applied(subject, object, one)
        const again = await applied(subject, object, one)
        assert.deepEqual(again.object, first.object)
        assert.equal((await subject.cluster.update(again.object, one)).metadata.resourceVersion, first.object.metadata.resourceVersion)
      }
    }),

  'an object whose status is still empty can be written again': async (subject) => {
    for (const object of emptyWorkloads(subject)) {
      const first = await applied(subject, object, one)
      const again = await applied(subject, object, one)
      assert.deepEqual(again.object.spec, first.object.spec)
      assert.equal(again.object.metadata.generation, first.object.metadata.generation)
      const labels = { a: 'x' }
      const changed = await applied(subject, { ...object, metadata: { ...object.metadata, labels } }, one)
      assert.equal(changed.object.metadata.generation, first.object.metadata.generation)
    }
  },
}

/** Objects of kinds whose status has fields that are always there. */
function emptyWorkloads({ namespace }: ClusterSubject): readonly KubeObject[] {
  const labels = { app: 'empty' }
  const template = { metadata: { labels }, spec: { containers: [{ name: 'a', image: 'a' }] } }
  const selector = { matchLabels: labels }
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'nothing' }
  const object = (apiVersion: string, kind: string, name: string, spec: JsonObject): KubeObject => ({
    apiVersion,
    kind,
    metadata: { name, namespace },
    spec,
  })
  return [
    object('v1', 'ReplicationController', 'empty', { replicas: 0, selector: labels, template }),
    object('apps/v1', 'DaemonSet', 'empty', {
      selector,
      template: { ...template, spec: { ...template.spec, nodeSelector: { no: 'node' } } },
    }),
    object('apps/v1', 'ReplicaSet', 'empty', { replicas: 0, selector, template }),
    object('apps/v1', 'StatefulSet', 'empty', { replicas: 0, selector, template, serviceName: 's' }),
    object('autoscaling/v1', 'HorizontalPodAutoscaler', 'one', { scaleTargetRef, maxReplicas: 2 }),
    object('autoscaling/v2', 'HorizontalPodAutoscaler', 'two', { scaleTargetRef, maxReplicas: 2 }),
  ]
}
