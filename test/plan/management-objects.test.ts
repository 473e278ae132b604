import { Sync } from 'fleetkit'
import { managementObjects, roles } from 'fleetkit/install'
import { kinds, syncKind } from 'fleetkit/kinds'
import { expect, test } from 'vitest'

const source = { git: { url: 'https://git.example.com/management.git', tag: 'v1' } }
const management = (spec: object = {}): Sync =>
  new Sync({ metadata: { namespace: 'ops', name: 'management' }, spec: { source, prune: true, deletionPolicy: 'Orphan', ...spec } })
const named = (objects: ReturnType<typeof managementObjects>) =>
  objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`)

test('A management is its namespace, all kinds and roles, the rights and the Deployment of its controller, and the Sync itself', () => {
  const sync = management()
  const objects = managementObjects({ sync, image: 'controller:v1' })
  const definitions = objects.filter(({ kind }) => kind === 'CustomResourceDefinition')
  expect(definitions).toHaveLength(Object.keys(kinds).length)
  expect(named(objects.filter((object) => !definitions.includes(object)))).toEqual([
    'Namespace /ops',
    ...named(roles()),
    'ServiceAccount ops/fleetkit-controller',
    'ClusterRoleBinding /fleetkit-controller',
    'Deployment ops/fleetkit-controller',
    'Sync ops/management',
  ])
  expect(objects.at(-1)).toEqual(sync.toObject())
})

test('What differs is said', () => {
  const objects = managementObjects({
    sync: management(),
    image: 'mine:v2',
    name: 'mine',
    replicas: 1,
    clusterRole: 'less',
    kinds: [syncKind],
  })
  expect(named(objects)).toContain('Deployment ops/mine')
  const [binding, deployment] = ['ClusterRoleBinding', 'Deployment'].map((kind) => objects.find((object) => object.kind === kind))
  expect(binding).toMatchObject({ roleRef: { name: 'less' }, subjects: [{ name: 'mine', namespace: 'ops' }] })
  expect(deployment).toMatchObject({
    spec: { replicas: 1, template: { spec: { serviceAccountName: 'mine', containers: [{ image: 'mine:v2' }] } } },
  })
  expect(objects.filter(({ kind }) => kind === 'CustomResourceDefinition')).toHaveLength(1)
})

test.each([
  [{ deletionPolicy: 'MirrorPrune' }, 'spec.deletionPolicy: found MirrorPrune, accepted Orphan'],
  [
    { source: { git: { url: source.git.url, commit: 'a'.repeat(40) } } },
    'spec.source.git: found a commit, accepted a tag: a commit cannot name itself',
  ],
])('A Sync that cannot apply itself is refused: %j', (spec, message) => {
  expect(() => managementObjects({ sync: management(spec), image: 'controller:v1' })).toThrow(message)
})
