import assert from 'node:assert/strict'
import { refOf } from '../../../model/reference.ts'
import type { ConformanceCases } from '../register.ts'
import { applied, type ClusterSubject, configMap, deployment, gadget, ownedBy, refused, withDefinition } from './subject.ts'

const one = { fieldManager: 'one' }
const two = { fieldManager: 'two' }

/** Who owns which fields after an apply, and what happens when two want the same. */
export const ownershipCases: ConformanceCases<ClusterSubject> = {
  'managed fields say what was applied': async (subject) => {
    const { object } = await applied(subject, deployment(subject, 'd', {}, { ports: [{ containerPort: 80 }] }), one)
    const entry = object.metadata.managedFields?.find(({ manager }) => manager === 'one')
    assert.equal(entry?.operation, 'Apply')
    assert.equal(entry?.apiVersion, 'apps/v1')
    assert.equal(entry?.fieldsType, 'FieldsV1')
    assert.match(entry?.time ?? '', /^\d{4}-\d\d-\d\dT/)
    const ports = { 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} } }
    assert.deepEqual(entry?.fieldsV1, {
      'f:spec': {
        'f:selector': {},
        'f:template': {
          'f:metadata': { 'f:labels': { 'f:app': {} } },
          'f:spec': { 'f:containers': { 'k:{"name":"web"}': { '.': {}, 'f:image': {}, 'f:name': {}, 'f:ports': ports } } },
        },
      },
    })
  },

  'another value for a field of another applier is a conflict that names both': async (subject) => {
    await applied(subject, deployment(subject, 'd', { replicas: 1 }), one)
    const error = await refused(subject, deployment(subject, 'd', { replicas: 2 }, { image: 'nginx:2' }), two, 'cluster/field-conflict')
    assert.equal(error.retryable, false)
    assert.deepEqual(error.conflicts, [
      { manager: 'one', operation: 'Apply', fields: ['.spec.replicas', '.spec.template.spec.containers[name="web"].image'] },
    ])
    assert.equal(error.ref?.name, 'd')
  },

  'another value for a field that was set by an update is a conflict too': async (subject) => {
    const { object } = await applied(subject, configMap(subject, 'a', { a: '1' }), one)
    const updated = await subject.cluster.update({ ...object, data: { a: '2', b: '2' } })
    assert.deepEqual(ownedBy(updated, 'one'), undefined)
    const error = await refused(subject, configMap(subject, 'a', { a: '3' }), one, 'cluster/field-conflict')
    assert.deepEqual(
      error.conflicts.map(({ operation, fields }) => ({ operation, fields })),
      [{ operation: 'Update', fields: ['.data.a'] }],
    )
  },

  'the same value is shared, and stays when one of the owners leaves': async (subject) => {
    await applied(subject, configMap(subject, 'a', { shared: '1', mine: '1' }), one)
    const both = await applied(subject, configMap(subject, 'a', { shared: '1' }), two)
    assert.deepEqual(ownedBy(both.object, 'two'), { 'f:data': { 'f:shared': {} } })
    assert.deepEqual(ownedBy(both.object, 'one'), { 'f:data': { 'f:mine': {}, 'f:shared': {} } })
    const left = await applied(subject, configMap(subject, 'a', { mine: '1' }), one)
    assert.deepEqual(left.object.data, { mine: '1', shared: '1' })
    assert.deepEqual(ownedBy(left.object, 'one'), { 'f:data': { 'f:mine': {} } })
    const gone = await applied(subject, { ...configMap(subject, 'a', {}), data: {} }, two)
    assert.deepEqual(gone.object.data, { mine: '1' })
  },

  'force takes the fields': async (subject) => {
    await applied(subject, configMap(subject, 'a', { a: '1', b: '1' }), one)
    const { object } = await applied(subject, configMap(subject, 'a', { a: '2' }), { ...two, force: true })
    assert.deepEqual(object.data, { a: '2', b: '1' })
    assert.deepEqual(ownedBy(object, 'one'), { 'f:data': { 'f:b': {} } })
    assert.deepEqual(ownedBy(object, 'two'), { 'f:data': { 'f:a': {} } })
    await refused(subject, configMap(subject, 'a', { a: '1', b: '1' }), one, 'cluster/field-conflict')
  },

  'a refused apply changes nothing': async (subject) => {
    const { object } = await applied(subject, configMap(subject, 'a', { a: '1' }), one)
    await refused(subject, configMap(subject, 'a', { a: '2', b: '2' }), two, 'cluster/field-conflict')
    assert.deepEqual(await subject.cluster.get(refOf(object)), object)
  },

  'sets are merged by value': async (subject) => {
    const finalized = (...finalizers: readonly string[]): ReturnType<typeof configMap> => {
      const object = configMap(subject, 'a', { fixed: '1' })
      return { ...object, metadata: { ...object.metadata, finalizers } }
    }
    await applied(subject, finalized('example.com/a', 'example.com/b'), one)
    const both = await applied(subject, finalized('example.com/b', 'example.com/c'), two)
    assert.deepEqual(new Set(both.object.metadata.finalizers), new Set(['example.com/a', 'example.com/b', 'example.com/c']))
    const left = await applied(subject, configMap(subject, 'a', { fixed: '1' }), one)
    assert.deepEqual(left.object.metadata.finalizers, ['example.com/b', 'example.com/c'])
    await applied(subject, configMap(subject, 'a', { fixed: '1' }), two)
  },

  'an empty map that the cluster leaves out is still owned': async (subject) => {
    const { object } = await applied(subject, { ...configMap(subject, 'a', {}), data: {} }, one)
    assert.deepEqual(ownedBy(object, 'one'), { 'f:data': {} })
    assert.equal(object.data, undefined)
    const error = await refused(subject, configMap(subject, 'a', { a: '1' }), two, 'cluster/field-conflict')
    assert.deepEqual(error.conflicts, [{ manager: 'one', operation: 'Apply', fields: ['.data'] }])
  },

  'atomic lists and maps belong to one, and are replaced as a whole': (subject) =>
    withDefinition(subject, async (group) => {
      await applied(subject, gadget(subject, group, 'a', { order: ['x', 'y'], whole: { a: '1' }, parts: { a: '1' } }), one)
      const error = await refused(
        subject,
        gadget(subject, group, 'a', { order: ['z'], whole: { b: '1' }, parts: { b: '1' } }),
        two,
        'cluster/field-conflict',
      )
      assert.deepEqual(error.conflicts, [{ manager: 'one', operation: 'Apply', fields: ['.spec.order', '.spec.whole'] }])
      const forced = await applied(subject, gadget(subject, group, 'a', { order: ['z'], whole: { b: '1' }, parts: { b: '1' } }), {
        ...two,
        force: true,
      })
      assert.deepEqual(forced.object.spec, { size: 'small', order: ['z'], whole: { b: '1' }, parts: { a: '1', b: '1' } })
    }),

  'an update owns what it changes, and takes it from the applier': async (subject) => {
    const { object } = await applied(subject, configMap(subject, 'a', { a: '1', b: '1' }), one)
    const updated = await subject.cluster.update({ ...object, data: { a: '2', b: '1' } })
    assert.deepEqual(ownedBy(updated, 'one'), { 'f:data': { 'f:b': {} } })
    const update = updated.metadata.managedFields?.find(({ operation }) => operation === 'Update')
    assert.deepEqual(update?.fieldsV1, { 'f:data': { 'f:a': {} } })
  },
}
