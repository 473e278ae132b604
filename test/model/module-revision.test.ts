import { FleetkitError } from 'fleetkit'
import { ModuleRevision, type ModuleRevisionSpecInput, moduleRevisionNameOf } from 'fleetkit/fleet'
import { definitionOf, moduleRevisionKind } from 'fleetkit/kinds'
import { expect, test } from 'vitest'

const commit = '4ab8f5d3e1f0c2b7a6958473625140fedcba9876'
const spec: ModuleRevisionSpecInput = {
  module: { name: 'shop' },
  parameters: [{ name: 'cluster', valueFrom: { clusterFieldRef: { pointer: '/metadata/name' } } }],
  source: { git: { url: 'https://example.com/shop.git', commit, tag: 'v1.4.0' } },
  prune: true,
}
const name = moduleRevisionNameOf(spec)

test('a ModuleRevision is named by its module and the digest of its spec', () => {
  const revision = new ModuleRevision({ metadata: { name, namespace: 'fleet' }, spec })
  expect(name).toMatch(/^shop-[0-9a-f]{16}$/)
  expect(revision.version).toBe('v1.4.0')
  // What the store gives back has its defaults written out.
  expect(ModuleRevision.from(revision.toObject())).toEqual(revision)
  expect(ModuleRevision.parse(JSON.stringify(revision))).toEqual(revision)
  const { tag: _, ...git } = spec.source.git
  const other = { ...spec, source: { git } }
  expect(new ModuleRevision({ metadata: { name: moduleRevisionNameOf(other) }, spec: other }).version).toBe(commit)
})

test('one that was edited under its name is refused', () => {
  const edited = { ...spec, path: './prod' }
  const make = () => new ModuleRevision({ metadata: { name, namespace: 'fleet' }, spec: edited })
  expect(make).toThrow(FleetkitError)
  expect(make).toThrow(
    `ModuleRevision fleet/${name}: metadata.name: found string "${name}", accepted ${moduleRevisionNameOf(edited)}, which holds the digest of its spec: a revision never changes`,
  )
  const revision = new ModuleRevision({ metadata: { name }, spec })
  expect(() =>
    revision.with((draft) => {
      draft.spec.interval = '1h'
    }),
  ).toThrow('a revision never changes')
})

test('the name of a long module is cut, and still its own', () => {
  const names = ['a', 'b'].map((end) => moduleRevisionNameOf({ ...spec, module: { name: 'x'.repeat(52) + end } }))
  expect(new Set(names).size).toBe(2)
  for (const each of names) expect(each).toMatch(/^x{36}-[0-9a-f]{16}$/)
})

test('an edit of a stored one is refused by the server, and no field of its own keyword gets there', () => {
  const definition = definitionOf(moduleRevisionKind) as any
  const schema = definition.spec.versions[0].schema.openAPIV3Schema.properties.spec
  expect(schema['x-kubernetes-validations']).toEqual([{ rule: 'self == oldSelf', message: 'field is immutable' }])
  expect(JSON.stringify(definition)).not.toContain('"immutable":')
  expect(definition.spec.names.plural).toBe('modulerevisions')
})

test('its parameters and rules are checked as those of a Module', () => {
  const wrong = { ...spec, parameters: [{ name: 'a', value: '$(a)' }], ignore: [{ paths: ['/metadata/name'] }] }
  expect(() => new ModuleRevision({ metadata: { name: moduleRevisionNameOf(wrong) }, spec: wrong })).toThrow(
    /spec\.parameters\[0\]: found a cycle: a → a.*spec\.ignore\[0\]\.paths\[0\]/,
  )
})
