import fc from 'fast-check'
import { type KubeObject, type ObjectRef, refOf } from 'fleetkit'
import { type ApplyStage, applyOrder, compareObjects, compareRefs, pruneOrder, stageOf } from 'fleetkit/manifest'
import { describe, expect, test } from 'vitest'

const types: readonly (readonly [string, string])[] = [
  ['apiextensions.k8s.io/v1', 'CustomResourceDefinition'],
  ['v1', 'Namespace'],
  ['rbac.authorization.k8s.io/v1', 'ClusterRole'],
  ['storage.k8s.io/v1', 'StorageClass'],
  ['networking.k8s.io/v1', 'IngressClass'],
  ['example.com/v1', 'QueueClass'],
  ['rbac.authorization.k8s.io/v1', 'ClusterRoleBinding'],
  ['v1', 'ServiceAccount'],
  ['v1', 'ConfigMap'],
  ['v1', 'Secret'],
  ['v1', 'Service'],
  ['apps/v1', 'Deployment'],
  ['policy/v1', 'PodDisruptionBudget'],
  ['apps/v1', 'DaemonSet'],
  ['example.com/v1', 'Namespace'],
  ['example.com/v1', 'Widget'],
  ['admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration'],
  ['admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration'],
]
const object = ([apiVersion, kind]: readonly [string, string], name = 'a', namespace?: string): KubeObject => ({
  apiVersion,
  kind,
  metadata: namespace === undefined ? { name } : { name, namespace },
})
const objects = types.map((type) => object(type))

describe('applyOrder', () => {
  test('definitions, classes, the rest, webhooks; kinds in the order of Flux', () => {
    const stages = applyOrder(objects.toReversed())
    expect(stages.flat()).toEqual(objects)
    expect(stages.map((stage) => stage.length)).toEqual([3, 3, 10, 2])
  })

  test('a kind of another group that is called Namespace is no namespace', () => {
    expect(stageOf({ apiVersion: 'example.com/v1', kind: 'Namespace' })).toBe('objects')
    expect(stageOf({ apiVersion: 'v1', kind: 'Namespace' })).toBe('definitions')
  })

  test('within a kind by namespace and name, in the order of code points', () => {
    const named = [
      object(['v1', 'Secret'], 'b'),
      object(['v1', 'Secret'], 'a', 'x'),
      object(['v1', 'Secret'], 'B', 'x'),
      object(['v1', 'Secret'], 'c'),
    ]
    expect(
      applyOrder(named)
        .flat()
        .map(refOf)
        .map(({ namespace, name }) => `${namespace ?? ''}/${name}`),
    ).toEqual(['/b', '/c', 'x/B', 'x/a'])
  })

  test('no stage is empty', () => {
    expect(applyOrder([])).toEqual([])
    expect(applyOrder([object(['v1', 'Secret'])])).toHaveLength(1)
  })
})

describe('a stage that the caller chooses for a kind', () => {
  const stages = new Map<string, ApplyStage>([
    ['example.com/Widget', 'definitions'],
    ['example.com/Policy', 'webhooks'],
    ['/Secret', 'classes'],
  ])
  const kindsOf = (parts: readonly (readonly KubeObject[])[]) => parts.map((part) => part.map(({ kind }) => kind))

  test('holds for its kind in every API version, after the kinds that the stage has already', () => {
    const given = [...objects, object(['example.com/v2', 'Policy'])]
    const ordered = applyOrder(given.toReversed(), { stages })
    expect(kindsOf(ordered)[0]).toEqual(['CustomResourceDefinition', 'Namespace', 'ClusterRole', 'Widget'])
    expect(kindsOf(ordered)[1]).toEqual(['StorageClass', 'IngressClass', 'Secret', 'QueueClass'])
    expect(kindsOf(ordered).at(-1)).toEqual(['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration', 'Policy'])
    expect(ordered.flat().toSorted(compareObjects)).toEqual(given.toSorted(compareObjects))
    expect(pruneOrder(given.map(refOf), { stages })).toEqual(ordered.flat().map(refOf).toReversed())
  })

  test('is that of no other group, and must be one', () => {
    expect(stageOf({ apiVersion: 'example.org/v1', kind: 'Widget' }, { stages })).toBe('objects')
    const wrong = new Map([['example.com/Widget', 'first' as ApplyStage]])
    expect(() => applyOrder(objects, { stages: wrong })).toThrow(
      'stages[example.com/Widget]: found string "first", accepted one of definitions, classes, objects, webhooks',
    )
  })
})

const ref: fc.Arbitrary<ObjectRef> = fc
  .record({
    type: fc.constantFrom(...types),
    name: fc.constantFrom('a', 'b', '\uff5e', '\u{1f600}'),
    namespace: fc.option(fc.constantFrom('x', 'y'), { nil: undefined }),
  })
  .map(({ type, name, namespace }) => refOf(object(type, name, namespace)))

test('the order is total: a function of the set, antisymmetric and transitive', () => {
  fc.assert(
    fc.property(fc.array(ref, { maxLength: 20 }), (refs) => {
      const sorted = refs.toSorted(compareRefs)
      expect(refs.toReversed().toSorted(compareRefs)).toEqual(sorted)
      for (const [index, a] of sorted.entries())
        for (const b of sorted.slice(index + 1)) {
          expect(compareRefs(a, b)).toBeLessThanOrEqual(0)
          if (compareRefs(a, b) === 0) expect(a).toEqual(b)
        }
    }),
  )
})

test('pruning goes the other way', () => {
  fc.assert(
    fc.property(fc.uniqueArray(ref, { selector: (value) => JSON.stringify(value) }), (refs) => {
      const order = applyOrder(refs.map(({ apiVersion, kind, name, namespace }) => object([apiVersion, kind], name, namespace)))
      expect(pruneOrder(refs)).toEqual(order.flat().map(refOf).toReversed())
    }),
  )
})
