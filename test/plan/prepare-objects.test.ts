import { FleetkitError, type KubeObject, type ObjectRef } from 'fleetkit'
import { planApply, prepareObjects } from 'fleetkit/plan'
import { describe, expect, test } from 'vitest'

const sync: ObjectRef = { apiVersion: 'fleetkit.dev/v1alpha1', kind: 'Sync', namespace: 'apps', name: 'web' }
const prepare = (metadata: object, rest: object = {}) =>
  prepareObjects([{ object: { apiVersion: 'v1', kind: 'ConfigMap', metadata, ...rest } as KubeObject, origin: 'a.yaml:1' }], {
    sync,
    namespaced: () => true,
  })

/** The error of a call that must fail. */
function failure(work: () => unknown): FleetkitError {
  try {
    work()
  } catch (error) {
    expect(error).toBeInstanceOf(FleetkitError)
    return error as FleetkitError
  }
  throw new Error('nothing failed')
}

/** As `kubectl get --output=yaml` writes it. */
const exported = {
  name: 'a',
  namespace: 'apps',
  annotations: { note: 'x', 'kubectl.kubernetes.io/last-applied-configuration': '{"data":{}}' },
  creationTimestamp: '2026-01-01T00:00:00Z',
  deletionTimestamp: '2026-01-01T00:00:00Z',
  deletionGracePeriodSeconds: 30,
  generateName: 'a-',
  generation: 3,
  managedFields: [],
  resourceVersion: '5',
  selfLink: '/api/v1/a',
  uid: '1-2-3',
}

describe('what means something in one cluster only', () => {
  test('is left out, and named in the action', () => {
    const desired = prepare(exported, { status: {} })
    expect(desired[0]?.object).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'a',
        namespace: 'apps',
        annotations: { note: 'x' },
        labels: { 'sync.fleetkit.dev/name': 'web', 'sync.fleetkit.dev/namespace': 'apps' },
      },
    })
    const { stages } = planApply({
      sync,
      policy: { prune: true, allowEmpty: false, forceConflicts: false },
      revision: 'v1@sha1:4ab3c3d3f1c1b3b2a1f0e9d8c7b6a59483726150',
      desired,
      live: [],
      inventory: [],
    })
    expect(stages[0]?.[0]?.reason.message).toBe(
      'it does not exist; not applied: metadata.creationTimestamp, metadata.deletionTimestamp, metadata.deletionGracePeriodSeconds, ' +
        'metadata.generateName, metadata.generation, metadata.managedFields, metadata.resourceVersion, metadata.selfLink, metadata.uid, ' +
        'metadata.annotations[kubectl.kubernetes.io/last-applied-configuration]',
    )
  })

  test('is nothing where it is null, and other metadata is kept for the server to judge', () => {
    const [prepared] = prepare({ name: 'a', creationTimestamp: null, finalizers: ['example.com/a'], lables: { a: 'b' } })
    expect(prepared?.leftOut).toBeUndefined()
    expect(prepared?.object.metadata).toMatchObject({ finalizers: ['example.com/a'], lables: { a: 'b' } })
  })

  test('is refused as an owner, by the uid of which the object would be collected', () => {
    const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: '1-2-3' }
    const { code, message } = failure(() => prepare({ name: 'a', ownerReferences: [owner] }))
    expect(code).toBe('source/object-invalid')
    expect(message).toBe(
      'a.yaml:1 metadata.ownerReferences: found an owner by its uid, which is in one cluster only, accepted no owners: kubectl get writes them, leave them out',
    )
    expect(prepare({ name: 'a', ownerReferences: [] })).toHaveLength(1)
  })
})

test('an object of more bytes than etcd takes is refused', () => {
  const { message } = failure(() => prepare({ name: 'a' }, { data: { a: 'é'.repeat(800_000) } }))
  expect(message).toMatch(/^a\.yaml:1: found an object of 160\d{4} bytes, accepted at most 1572864$/)
  expect(prepare({ name: 'a' }, { data: { a: 'é'.repeat(700_000) } })).toHaveLength(1)
})

test('an empty list of rules beside an aggregation rule is no wish', () => {
  const role = (rest: object) => {
    const object = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'a' }, ...rest } as KubeObject
    return prepareObjects([{ object, origin: 'a.yaml:1' }], { sync, namespaced: () => false })[0]?.object
  }
  const aggregationRule = { clusterRoleSelectors: [] }
  expect(role({ aggregationRule, rules: [] })).not.toHaveProperty('rules')
  expect(role({ aggregationRule, rules: null })).not.toHaveProperty('rules')
  expect(role({ aggregationRule, rules: [{ verbs: ['get'] }] })).toHaveProperty('rules')
  expect(role({ rules: [] })).toHaveProperty('rules', [])
})
