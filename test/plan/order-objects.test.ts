import fc from 'fast-check'
import { type KubeObject, type ObjectRef, type RenderedObject, refKey, refOf } from 'fleetkit'
import { applyOrder, stageOf } from 'fleetkit/manifest'
import { type PlanApplyInput, planApply } from 'fleetkit/plan'
import { describe, expect, test } from 'vitest'

const sync: ObjectRef = { apiVersion: 'fleetkit.dev/v1alpha1', kind: 'Sync', namespace: 'apps', name: 'web' }
const owned = { 'sync.fleetkit.dev/name': 'web', 'sync.fleetkit.dev/namespace': 'apps' }
const annotation = 'config.kubernetes.io/depends-on'

const types: Readonly<Record<string, string>> = {
  ConfigMap: 'v1',
  Namespace: 'v1',
  Deployment: 'apps/v1',
  CustomResourceDefinition: 'apiextensions.k8s.io/v1',
  Widget: 'example.com/v1',
  APIService: 'apiregistration.k8s.io/v1',
  Metric: 'metrics.example.com/v1',
  StorageClass: 'storage.k8s.io/v1',
  ValidatingWebhookConfiguration: 'admissionregistration.k8s.io/v1',
}
const clusterScoped = new Set(['Namespace', 'CustomResourceDefinition', 'APIService', 'StorageClass', 'ValidatingWebhookConfiguration'])
const specs: Readonly<Record<string, object>> = {
  CustomResourceDefinition: { group: 'example.com', names: { kind: 'Widget' } },
  APIService: { group: 'metrics.example.com', version: 'v1' },
}

/** An object, and what it depends on as `Kind/name`. */
function object(id: string, dependsOn?: string | readonly string[], namespace = 'apps'): KubeObject {
  const [kind = '', name = ''] = id.split('/')
  const text = typeof dependsOn === 'string' ? dependsOn : dependsOn?.map(reference).join(',')
  return {
    apiVersion: types[kind] as string,
    kind,
    metadata: {
      name,
      ...(clusterScoped.has(kind) ? {} : { namespace }),
      uid: `uid-${id}`,
      labels: owned,
      ...(text === undefined ? {} : { annotations: { [annotation]: text } }),
    },
    ...(specs[kind] === undefined ? {} : { spec: specs[kind] }),
  }
}

function reference(id: string): string {
  const [kind = '', name = ''] = id.split('/')
  const [group, version] = (types[kind] as string).split('/')
  return [version === undefined ? '' : group, ...(clusterScoped.has(kind) ? [] : ['namespaces', 'apps']), kind, name].join('/')
}

const rendered = (objects: readonly KubeObject[]): readonly RenderedObject[] =>
  objects.map((each) => ({ object: each, origin: `${each.metadata.name}.yaml:1` }))
const plan = (objects: readonly KubeObject[], more: Partial<PlanApplyInput> = {}) =>
  planApply({
    sync,
    policy: { prune: true, allowEmpty: true, forceConflicts: false },
    revision: 'v1@sha1:4ab3c3d3f1c1b3b2a1f0e9d8c7b6a59483726150',
    desired: rendered(objects),
    live: [],
    inventory: [],
    ...more,
  })
const idOf = ({ kind, name }: ObjectRef): string => `${kind}/${name}`
const stagesOf = (objects: readonly KubeObject[]) => plan(objects).stages.map((stage) => stage.map(({ ref }) => idOf(ref)))
const refusalOf = (objects: readonly KubeObject[]): string | undefined => plan(objects).refusals[0]?.message
const prunesOf = (live: readonly KubeObject[]) => plan([], { live, inventory: live.map(refOf) }).prunes.map(({ ref }) => idOf(ref))

describe('an object that depends on another', () => {
  test('comes in a later stage, after everything that depends on nothing', () => {
    expect(stagesOf([object('ConfigMap/a', ['Deployment/db']), object('Deployment/db'), object('StorageClass/s')])).toEqual([
      ['StorageClass/s'],
      ['Deployment/db'],
      ['ConfigMap/a'],
    ])
  })

  test('says so in its action', () => {
    const { stages } = plan([object('ConfigMap/a', ['Deployment/db']), object('Deployment/db')])
    expect(stages[1]?.[0]?.dependsOn).toEqual([refOf(object('Deployment/db'))])
    expect(stages[0]?.[0]?.dependsOn).toBeUndefined()
  })

  test('names one of its own namespace without it, with blanks around', () => {
    expect(
      stagesOf([
        object('ConfigMap/a', ' apps/Deployment/db , storage.k8s.io/StorageClass/s '),
        object('Deployment/db'),
        object('StorageClass/s'),
      ]),
    ).toEqual([['StorageClass/s'], ['Deployment/db'], ['ConfigMap/a']])
  })

  test('takes along what its kind defines, and what is in its Namespace', () => {
    const given = [object('CustomResourceDefinition/widgets', ['ConfigMap/a']), object('Widget/w'), object('ConfigMap/a')]
    expect(stagesOf(given)).toEqual([['ConfigMap/a'], ['CustomResourceDefinition/widgets'], ['Widget/w']])
    const spaces = [object('Namespace/other', ['ConfigMap/a']), object('ConfigMap/b', undefined, 'other'), object('ConfigMap/a')]
    expect(stagesOf(spaces)).toEqual([['ConfigMap/a'], ['Namespace/other'], ['ConfigMap/b']])
  })

  test('leaves webhooks last, unless it depends on one', () => {
    const webhook = object('ValidatingWebhookConfiguration/hook')
    expect(stagesOf([webhook, object('ConfigMap/a', ['ConfigMap/b']), object('ConfigMap/b')]).at(-1)).toEqual([
      'ValidatingWebhookConfiguration/hook',
    ])
    expect(stagesOf([webhook, object('ConfigMap/a', ['ValidatingWebhookConfiguration/hook']), object('ConfigMap/b')])).toEqual([
      ['ConfigMap/b'],
      ['ValidatingWebhookConfiguration/hook'],
      ['ConfigMap/a'],
    ])
  })
})

test('resources of an aggregated API come after its APIService', () => {
  expect(stagesOf([object('Metric/m'), object('ConfigMap/a'), object('APIService/metrics')])).toEqual([
    ['ConfigMap/a', 'APIService/metrics'],
    ['Metric/m'],
  ])
})

describe('an annotation that cannot be followed refuses the plan', () => {
  const begin = `a.yaml:1 metadata.annotations[${annotation}]: found `
  const forms = '<group>/<kind>/<name> or <group>/namespaces/<namespace>/<kind>/<name>, separated by commas'

  // The forms that cli-utils refuses, and those without a kind or a name, which it takes for objects that are not there.
  test.each([
    '',
    'a',
    'a/b',
    'apps/spaces/apps/Deployment/db',
    'apps/namespaces/apps/Deployment',
    'a/b/c/d/e/f',
    '//',
    '/ConfigMap/',
    '/namespaces//ConfigMap/b',
  ])('%s is malformed', (text) => {
    expect(refusalOf([object('ConfigMap/a', text)])).toBe(`${begin}string ${JSON.stringify(text)}, accepted ${forms}`)
  })

  test('names what is not in the source, or the same twice', () => {
    expect(refusalOf([object('ConfigMap/a', ['Deployment/db'])])).toBe(
      `${begin}apps/namespaces/apps/Deployment/db, which is not in the source, accepted an object of the source`,
    )
    expect(refusalOf([object('ConfigMap/a', ['ConfigMap/b', 'ConfigMap/b']), object('ConfigMap/b')])).toBe(
      `${begin}/namespaces/apps/ConfigMap/b twice, accepted each object once`,
    )
    expect(plan([object('ConfigMap/a', ['Deployment/db'])]).refusals[0]?.code).toBe('source/dependency')
  })

  test('has a cycle, which is shown', () => {
    const cycle = [object('ConfigMap/a', ['ConfigMap/b']), object('ConfigMap/b', ['ConfigMap/c']), object('ConfigMap/c', ['ConfigMap/a'])]
    expect(refusalOf(cycle)).toBe(
      `${begin}a cycle, ConfigMap apps/a → ConfigMap apps/b → ConfigMap apps/c → ConfigMap apps/a, accepted dependencies without one`,
    )
    expect(refusalOf([object('ConfigMap/a', ['ConfigMap/a'])])).toContain('a cycle, ConfigMap apps/a → ConfigMap apps/a')
    const kinds = [object('CustomResourceDefinition/widgets', ['Widget/w']), object('Widget/w')]
    expect(refusalOf(kinds)).toContain('CustomResourceDefinition widgets → Widget apps/w → CustomResourceDefinition widgets')
  })
})

describe('deleting', () => {
  test('goes the other way, by what the live objects say', () => {
    expect(prunesOf([object('ConfigMap/a'), object('Deployment/db'), object('Namespace/n')])).toEqual([
      'Deployment/db',
      'ConfigMap/a',
      'Namespace/n',
    ])
    expect(prunesOf([object('ConfigMap/a', ['Deployment/db']), object('Deployment/db'), object('Namespace/n')])).toEqual([
      'ConfigMap/a',
      'Deployment/db',
      'Namespace/n',
    ])
  })

  test('is not held up by a cycle, a malformed annotation, or what is not there', () => {
    const cycle = [
      object('ConfigMap/a', ['ConfigMap/b']),
      object('ConfigMap/b', ['ConfigMap/a']),
      object('ConfigMap/c', 'x'),
      object('ConfigMap/d', ['Deployment/e']),
    ]
    expect(prunesOf(cycle).toSorted()).toEqual(['ConfigMap/a', 'ConfigMap/b', 'ConfigMap/c', 'ConfigMap/d'])
    expect(plan([], { live: cycle, inventory: cycle.map(refOf) }).refusals).toEqual([])
  })
})

const kinds = [
  'ConfigMap',
  'Deployment',
  'StorageClass',
  'CustomResourceDefinition',
  'Widget',
  'ValidatingWebhookConfiguration',
  'Namespace',
]
/** Objects in a random order of dependency: each may depend on those before it. */
const acyclic = fc
  .array(fc.tuple(fc.constantFrom(...kinds), fc.array(fc.nat({ max: 20 }), { maxLength: 3 })), { minLength: 1, maxLength: 12 })
  .map((nodes) => {
    const ids = nodes.map(([kind], index) => `${kind}/n${index}`)
    return nodes.map(([, before], index) => {
      const dependencies = [...new Set(before.filter((each) => each < index).map((each) => ids[each] as string))]
      return object(ids[index] as string, dependencies.length === 0 ? undefined : dependencies)
    })
  })

test('every object is in one stage, after what it depends on and what defines it, whatever the order of the source', () => {
  fc.assert(
    fc.property(acyclic, (objects) => {
      const { stages, refusals } = plan(objects)
      const cyclic = refusals.length > 0
      // What depends on a resource and defines it is a cycle.
      if (cyclic) {
        expect(refusals[0]?.message).toContain('a cycle, ')
        return
      }
      const at = new Map(stages.flatMap((stage, index) => stage.map(({ ref }) => [refKey(ref), index] as const)))
      expect(stages.flat()).toHaveLength(objects.length)
      expect(at.size).toBe(objects.length)
      for (const { ref, dependsOn = [] } of stages.flat())
        for (const each of dependsOn) expect(at.get(refKey(each))).toBeLessThan(at.get(refKey(ref)) as number)
      const definitions = objects.filter(({ kind }) => kind === 'CustomResourceDefinition')
      for (const widget of objects.filter(({ kind }) => kind === 'Widget'))
        for (const definition of definitions)
          expect(at.get(refKey(refOf(definition)))).toBeLessThan(at.get(refKey(refOf(widget))) as number)
      for (const stage of stages) expect(new Set(stage.map(({ ref }) => stageOf(ref))).size).toBe(1)
      const again = plan(objects.toReversed()).stages
      expect(again.map((stage) => stage.map(({ ref }) => ref))).toEqual(stages.map((stage) => stage.map(({ ref }) => ref)))
      // Deleting: what depends on others goes before them.
      const gone = plan([], { live: objects, inventory: objects.map(refOf) }).prunes
      const order = new Map(gone.map(({ ref }, index) => [refKey(ref), index]))
      for (const { ref, dependsOn = [] } of gone)
        for (const each of dependsOn) expect(order.get(refKey(ref))).toBeLessThan(order.get(refKey(each)) as number)
    }),
  )
})

test('without annotations the order is that of the kinds', () => {
  fc.assert(
    fc.property(acyclic, (objects) => {
      const plain = objects.map(({ kind, metadata }) => object(`${kind}/${metadata.name}`))
      expect(plan(plain).stages.map((stage) => stage.map(({ ref }) => ref))).toEqual(applyOrder(plain).map((stage) => stage.map(refOf)))
    }),
  )
})

test('ten thousand objects in a chain are ordered', () => {
  const chain = Array.from({ length: 10_000 }, (_, index) =>
    object(`ConfigMap/n${index}`, index === 0 ? undefined : [`ConfigMap/n${index - 1}`]),
  )
  expect(plan(chain).stages).toHaveLength(10_000)
})
