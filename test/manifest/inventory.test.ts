import fc from 'fast-check'
import { type ObjectRef, refKey } from 'fleetkit'
import { inventoryDifference, inventoryOf, narrowInventory, parseInventory, unionInventory } from 'fleetkit/manifest'
import { describe, expect, test } from 'vitest'
import { runs } from '../random-tests.ts'

const web: ObjectRef = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'apps', name: 'web' }
const apps: ObjectRef = { apiVersion: 'v1', kind: 'Namespace', name: 'apps' }
const role: ObjectRef = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', name: 'system:node' }
const ids = (inventory: { readonly entries: readonly { readonly id: string }[] }): readonly string[] =>
  inventory.entries.map(({ id }) => id)

test('entries are in Flux’s form, sorted by id', () => {
  expect(inventoryOf([web, role, apps])).toEqual({
    entries: [
      { id: '_apps__Namespace', v: 'v1' },
      { id: '_system__node_rbac.authorization.k8s.io_ClusterRole', v: 'v1' },
      { id: 'apps_web_apps_Deployment', v: 'v1' },
    ],
  })
})

describe('round trip', () => {
  const word = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,8}[a-z0-9])?$/)
  const pathSegment = fc.string({ unit: fc.constantFrom('a', 'B', ':', '_', '.', '-', '5', 'F', '\u{1f600}'), minLength: 1, maxLength: 10 })
  const ref: fc.Arbitrary<ObjectRef> = fc
    .record({
      group: fc.oneof(fc.constant(''), word, fc.constant('rbac.authorization.k8s.io')),
      version: fc.constantFrom('v1', 'v1beta1', 'v2alpha10'),
      kind: fc.stringMatching(/^[A-Z][A-Za-z0-9]{0,8}$/),
      namespace: fc.option(word, { nil: undefined }),
      name: fc.oneof(word, pathSegment),
    })
    .map(({ group, version, kind, namespace, name }) => {
      const apiVersion = group === '' ? version : `${group}/${version}`
      return namespace === undefined ? { apiVersion, kind, name } : { apiVersion, kind, namespace, name }
    })
  const refs = fc.uniqueArray(ref, { selector: refKey, maxLength: 10 })
  const keys = (list: readonly ObjectRef[]): ReadonlySet<string> => new Set(list.map(refKey))

  test('any legal reference survives, also names with colons and underscores', () => {
    fc.assert(
      fc.property(ref, (value) => {
        expect(parseInventory(inventoryOf([value]))).toEqual([value])
      }),
      { numRuns: runs(2000) },
    )
  })

  test('union, difference and narrowing are those of sets of objects, whatever the order', () => {
    fc.assert(
      fc.property(refs, refs, (old, next) => {
        const [a, b] = [inventoryOf(old), inventoryOf(next)]
        expect(inventoryOf(old.toReversed())).toEqual(a)
        expect(keys(parseInventory(unionInventory(a, b)))).toEqual(keys([...old, ...next]))
        expect(keys(parseInventory(inventoryDifference(a, b)))).toEqual(keys(old).difference(keys(next)))
        expect(keys(parseInventory(narrowInventory(a, b)))).toEqual(keys(old).intersection(keys(next)))
        expect(unionInventory(inventoryDifference(a, b), narrowInventory(a, b))).toEqual(a)
      }),
    )
  })
})

test('another version of a group is the same object, with the version of the new', () => {
  const [old, next] = [inventoryOf([{ ...web, apiVersion: 'apps/v1beta1' }]), inventoryOf([web])]
  expect(unionInventory(old, next)).toEqual(next)
  expect(inventoryDifference(old, next).entries).toEqual([])
})

test('an absent inventory is an empty one', () => {
  expect(parseInventory(undefined)).toEqual([])
  expect(ids(unionInventory(undefined, inventoryOf([web])))).toEqual(['apps_web_apps_Deployment'])
})

test('every malformed entry is named', () => {
  const entries = [
    { id: 'nonsense', v: 'v1' },
    { id: 'apps_web_apps_Deployment', v: 'v1' },
    { id: 'apps_web_apps_', v: 'v1' },
    { id: 'apps_web_apps_Deployment', v: '' },
    { id: 'apps_web_apps_Deployment', v: 'a/v1' },
    { id: 5 as unknown as string, v: 'v1' },
  ]
  expect(() => parseInventory({ entries })).toThrow(
    expect.objectContaining({
      code: 'model/invalid',
      message: expect.stringContaining('inventory.entries[0]: found string "nonsense"'),
      problems: [0, 2, 3, 4, 5].map((index) => expect.objectContaining({ path: `inventory.entries[${index}]` })),
    }),
  )
})
