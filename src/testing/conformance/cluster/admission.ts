import assert from 'node:assert/strict'
import type { KubeObject } from '../../../model/object.ts'
import { refOf } from '../../../model/reference.ts'
import type { ConformanceCases } from '../register.ts'
import { applied, type ClusterSubject, configMap, deployment, refused } from './subject.ts'

const one = { fieldManager: 'one' }

/** What a cluster refuses. */
export const admissionCases: ConformanceCases<ClusterSubject> = {
  'an unknown field is refused, and named': async (subject) => {
    const error = await refused(subject, deployment(subject, 'd', { replica: 1 }), one, 'cluster/invalid')
    assert.match(error.message, /replica/)
    const deep = await refused(subject, deployment(subject, 'd', {}, { imagePolicy: 'Always' }), one, 'cluster/invalid')
    assert.match(deep.message, /imagePolicy/)
    assert.equal(await subject.cluster.get(refOf(deployment(subject, 'd'))), undefined)
  },

  'a value of another type is refused': async (subject) => {
    await refused(subject, deployment(subject, 'd', { replicas: 'two' }), one, 'cluster/invalid')
    await refused(subject, { ...configMap(subject, 'a', {}), data: { a: 1 } }, one, 'cluster/invalid')
    await refused(subject, { ...configMap(subject, 'a', {}), data: ['a'] }, one, 'cluster/invalid')
  },

  'a list item without its key, or with the key of another one, is refused': async (subject) => {
    const { namespace } = subject
    const service = (ports: readonly object[]): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 's', namespace },
      spec: { ports },
    })
    await refused(
      subject,
      service([
        { port: 80, name: 'a' },
        { port: 80, protocol: 'TCP', name: 'b' },
      ]),
      one,
      'cluster/invalid',
    )
    await refused(subject, deployment(subject, 'd', {}, { env: [{ value: 'nameless' }] }), one, 'cluster/invalid')
  },

  'a workload whose template its selector does not match is refused': async (subject) => {
    await refused(subject, deployment(subject, 'd', { selector: { matchLabels: { app: 'other' } } }), one, 'cluster/invalid')
    await refused(subject, deployment(subject, 'd', { selector: null }), one, 'cluster/invalid')
  },

  'what Kubernetes refuses of single kinds is refused': async (subject) => {
    const { namespace } = subject
    const object = (apiVersion: string, kind: string, fields: object): KubeObject => ({
      apiVersion,
      kind,
      metadata: { name: 'a', namespace },
      ...fields,
    })
    const container = { name: 'a', image: 'a' }
    const owner = { apiVersion: 'v1', kind: 'ConfigMap', controller: true }
    const owners = [
      { ...owner, name: 'o', uid: 'o' },
      { ...owner, name: 'p', uid: 'p' },
    ]
    for (const [given, reason] of [
      [object('v1', 'Pod', { spec: { containers: [] } }), 'Invalid'],
      [deployment(subject, 'd', { replicas: -1 }), 'Invalid'],
      [object('v1', 'Pod', { spec: { containers: [container], restartPolicy: 'Sometimes' } }), 'Invalid'],
      [object('v1', 'Secret', { data: { a: 'no base64!' } }), 'BadRequest'],
      [object('coordination.k8s.io/v1', 'Lease', { spec: { renewTime: '2026-01-01T00:00:00Z' } }), 'BadRequest'],
      [object('v1', 'ConfigMap', { data: { a: 'x'.repeat(1_100_000) } }), 'Invalid'],
      [object('apps/v1', 'ControllerRevision', { revision: 1, data: { a: 'x'.repeat(2_000_000) } }), 'BadRequest'],
      [{ ...object('v1', 'ConfigMap', {}), metadata: { name: 'a', namespace, ownerReferences: owners } }, 'Invalid'],
    ] as const) {
      const error = await refused(subject, given, one, 'cluster/invalid')
      assert.equal(error.reason, reason, `${given.kind}: ${error.message}`)
      await assert.rejects(subject.cluster.create(given, one), { code: 'cluster/invalid', reason })
    }
  },

  'a kind that is not served is cluster/unknown-kind': async (subject) => {
    const unknown = { apiVersion: 'nowhere.fleetkit.dev/v1', kind: 'Nothing', metadata: { name: 'a', namespace: subject.namespace } }
    const error = await refused(subject, unknown, one, 'cluster/unknown-kind')
    assert.match(error.message, /Nothing/)
    await refused(subject, { ...unknown, apiVersion: 'v1' }, one, 'cluster/unknown-kind')
  },

  'a namespace that does not exist is cluster/namespace-missing': async (subject) => {
    await refused(subject, configMap({ ...subject, namespace: 'fleetkit-nowhere' }, 'a', {}), one, 'cluster/namespace-missing')
  },

  'a namespaced object needs a namespace': async (subject) => {
    await refused(subject, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } }, one, 'model/invalid', 'cluster/invalid')
  },

  'names and labels that are none are refused': async (subject) => {
    await refused(subject, configMap(subject, 'Not_A_Name', {}), one, 'model/invalid', 'cluster/invalid')
    const object = configMap(subject, 'a', {})
    await refused(
      subject,
      { ...object, metadata: { ...object.metadata, labels: { a: 'not a label' } } },
      one,
      'model/invalid',
      'cluster/invalid',
    )
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'a.b', namespace: subject.namespace },
      spec: { ports: [{ port: 80 }] },
    }
    await refused(subject, service, one, 'cluster/invalid')
  },

  'what cannot be changed is cluster/immutable': async (subject) => {
    await applied(subject, deployment(subject, 'd'), one)
    const other = { labels: { app: 'other' } }
    const spec = {
      selector: { matchLabels: other.labels },
      template: { metadata: other, spec: { containers: [{ name: 'web', image: 'nginx:1' }] } },
    }
    await refused(subject, deployment(subject, 'd', spec), { ...one, force: true }, 'cluster/immutable')
    await applied(subject, { ...configMap(subject, 'sealed', { a: '1' }), immutable: true }, one)
    await refused(subject, { ...configMap(subject, 'sealed', { a: '2' }), immutable: true }, one, 'cluster/immutable')
  },

  'an apply of another object of the name is refused': async (subject) => {
    const { object } = await applied(subject, configMap(subject, 'a', { a: '1' }), one)
    const uid = '00000000-0000-4000-8000-000000000000'
    const other = { ...configMap(subject, 'a', { a: '2' }), metadata: { ...configMap(subject, 'a', {}).metadata, uid } }
    await refused(subject, other, one, 'store/conflict', 'cluster/immutable')
    assert.deepEqual(await subject.cluster.get(refOf(object)), object)
  },
}
