import fc from 'fast-check'
import { type FleetkitError, Module, type ModuleInput } from 'fleetkit'
import { ModuleRevision, moduleRevisionOf, promotedRevision } from 'fleetkit/fleet'
import { describe, expect, test } from 'vitest'
import { runs } from '../../random-tests.ts'
import { sortedFields, turned } from './turned.ts'

const url = 'https://example.com/shop.git'
const commits = ['4ab8f5d3e1f0c2b7a6958473625140fedcba9876', '895c425e21fe6cbd5418630e2e6a987072016a93'] as const
const [commit] = commits
const revision = { tag: 'v1.4.0', commit }
const valid: ModuleInput = { metadata: { name: 'shop', namespace: 'fleet' }, spec: { source: { git: { url, tag: 'v1.4.0' } } } }
const changed = (spec: object): Module => new Module({ ...valid, spec: { ...valid.spec, ...spec } as never })
const nameOf = (module: Module): string => moduleRevisionOf(module, revision).metadata.name

describe('the revision of a Module', () => {
  test('says what is applied, and nothing of where and when', () => {
    const module = changed({
      clusters: { names: ['eu-1'] },
      priority: 3,
      windows: [{ schedule: '@daily', duration: '1h' }],
      freezes: [{ name: 'x', schedule: '@daily', duration: '1h' }],
      rollout: { oneAtATime: {} },
      suspend: true,
      deletionPolicy: 'Orphan',
      removalPolicy: 'WaitForTermination',
      path: './prod',
      dependsOn: [{ name: 'dns', version: '>=1.4 <2' }],
      parameters: [{ name: 'a', value: '1' }],
    })
    const { metadata, spec } = moduleRevisionOf(module, revision)
    expect(metadata).toEqual({ name: nameOf(module), namespace: 'fleet' })
    expect(spec).toEqual({
      module: { name: 'shop' },
      source: { git: { url, commit, tag: 'v1.4.0' } },
      path: './prod',
      interval: '10m',
      timeout: '5m',
      prune: true,
      wait: true,
      allowEmpty: false,
      force: false,
      forceConflicts: false,
      confirmPrune: false,
      deletionPolicy: 'WaitForTermination',
      dependsOn: [{ name: 'dns', version: '>=1.4 <2' }],
      parameters: [{ name: 'a', value: '1' }],
    })
  })

  test('is the same whatever does not concern what is applied, and in whatever order it is written', () => {
    const parameters = [
      { name: 'a', value: '1' },
      { name: 'b', valueFrom: { clusterFieldRef: { pointer: '/metadata/name' } } },
    ]
    const dependsOn = [{ name: 'dns' }, { name: 'certs', namespace: 'base' }]
    const name = nameOf(changed({ parameters, dependsOn }))
    for (const same of [
      { parameters: parameters.toReversed(), dependsOn: dependsOn.toReversed() },
      { parameters, dependsOn, clusters: {}, rollout: { oneAtATime: {} }, priority: 7, suspend: true, deletionPolicy: 'Refuse' },
      { parameters, dependsOn, path: './', interval: '10m', prune: true, removalPolicy: 'MirrorPrune' },
    ])
      expect(nameOf(changed(same))).toBe(name)
    const { spec } = moduleRevisionOf(changed({ parameters: [], dependsOn: [] }), revision)
    expect(spec).toEqual(moduleRevisionOf(changed({}), revision).spec)
    expect([spec.parameters, spec.dependsOn]).toEqual([undefined, undefined])
  })

  test('is another one for other parameters, needs, fields, tags and commits', () => {
    const others = [
      {},
      { parameters: [{ name: 'a', value: '1' }] },
      { parameters: [{ name: 'a', value: '2' }] },
      { parameters: [{ name: 'a', valueFrom: { clusterFieldRef: { pointer: '/metadata/name' } } }] },
      { parameters: [{ name: 'a', valueFrom: { clusterFieldRef: { pointer: '/metadata/name' }, optional: true } }] },
      { dependsOn: [{ name: 'dns' }] },
      { dependsOn: [{ name: 'dns', version: '^1' }] },
      { path: './prod' },
      { removalPolicy: 'Orphan' },
      { postBuild: { substitute: { a: '1' } } },
      { source: { git: { url, tag: 'v1.4.0', secretRef: { name: 'x' } } } },
    ].map((spec) => nameOf(changed(spec)))
    const atCommit = new Module({ ...valid, spec: { source: { git: { url, commit } } } })
    const more = [moduleRevisionOf(atCommit, { commit }), moduleRevisionOf(new Module(valid), { ...revision, commit: commits[1] })]
    const names = [...others, ...more.map(({ metadata }) => metadata.name)]
    expect(new Set(names).size).toBe(names.length)
  })

  test('belongs to its Module, once that is stored', () => {
    const stored = new Module({ ...valid, metadata: { ...valid.metadata, uid: 'u1' } })
    expect(moduleRevisionOf(stored, revision).metadata.ownerReferences).toEqual([
      { apiVersion: 'fleetkit.dev/v1alpha1', kind: 'Module', name: 'shop', uid: 'u1', controller: true, blockOwnerDeletion: true },
    ])
    expect(nameOf(stored)).toBe(nameOf(new Module(valid)))
  })

  test('is of the commit and tag that the source names', () => {
    const atCommit = new Module({ ...valid, spec: { source: { git: { url, commit } } } })
    const refusal = (make: () => unknown): string => {
      try {
        make()
      } catch (error) {
        return (error as FleetkitError).message
      }
      throw new Error('it was accepted')
    }
    expect(refusal(() => moduleRevisionOf(new Module(valid), { commit }))).toBe(
      'Module fleet/shop: revision.tag: found nothing, accepted v1.4.0, as spec.source.git.tag says',
    )
    expect(refusal(() => moduleRevisionOf(atCommit, { commit: commits[1] }))).toBe(
      `Module fleet/shop: revision.commit: found string "${commits[1]}", accepted ${commit}, as spec.source.git.commit says`,
    )
    expect(refusal(() => moduleRevisionOf(new Module(valid), { ...revision, commit: 'main' }))).toBe(
      'Module fleet/shop: revision.commit: found string "main", accepted a full commit id',
    )
  })

  const specs = fc.record(
    {
      path: fc.constantFrom('./', './a', './b'),
      prune: fc.boolean(),
      wait: fc.boolean(),
      interval: fc.constantFrom('10m', '1h'),
      maxPrune: fc.constantFrom(3, '10%'),
      removalPolicy: fc.constantFrom('MirrorPrune', 'Orphan'),
      priority: fc.nat(5),
      healthChecks: fc.array(fc.record({ apiVersion: fc.constant('v1'), kind: fc.constant('Pod'), name: fc.constantFrom('a', 'b') }), {
        maxLength: 2,
      }),
      postBuild: fc.record(
        { strict: fc.boolean(), substitute: fc.dictionary(fc.constantFrom('x', '__proto__', 'y'), fc.constantFrom('1', '2')) },
        { requiredKeys: [] },
      ),
      parameters: fc.uniqueArray(
        fc.oneof(
          fc.record({ name: fc.constantFrom('a', 'b', 'c'), value: fc.constantFrom('1', '2') }),
          fc.record({
            name: fc.constantFrom('a', 'b', 'c'),
            valueFrom: fc.record(
              { clusterFieldRef: fc.constant({ pointer: '/metadata/name' }), optional: fc.boolean(), default: fc.constantFrom('', 'x') },
              { requiredKeys: ['clusterFieldRef'] },
            ),
          }),
        ),
        { selector: ({ name }) => name, maxLength: 3 },
      ),
    },
    { requiredKeys: [] },
  )

  test('has one name exactly for one content', () => {
    fc.assert(
      fc.property(specs, specs, (one, other) => {
        const [a, b] = [one, other].map((spec) => moduleRevisionOf(changed(spec), revision)) as [ModuleRevision, ModuleRevision]
        expect(nameOf(changed(turned(one)))).toBe(a.metadata.name)
        expect(ModuleRevision.from(turned(a.toObject()))).toEqual(a)
        const content = [a, b].map(({ spec }) => JSON.stringify(sortedFields(spec)))
        expect(a.metadata.name === b.metadata.name).toBe(content[0] === content[1])
      }),
      { numRuns: runs(300) },
    )
  })
})

describe('a promoted Module', () => {
  const production = new Module({
    metadata: { name: 'shop', namespace: 'fleet' },
    spec: { source: { git: { url, promoteFrom: { name: 'shop', namespace: 'staging' } } } },
  })
  const staging = (status?: object): Module =>
    new Module({
      metadata: { name: 'shop', namespace: 'staging' },
      spec: { source: { git: { url, tag: 'v1.5.0' } } },
      status: status as never,
    })
  const completed = { revision: 'shop-0123456789abcdef', url, commit, tag: 'v1.4.0' }

  test('gets what the other one has completed, not what it is to get', () => {
    const found = promotedRevision(production, staging({ version: 'v1.4.0', phase: 'progressing', completed }))
    expect(found).toEqual({ tag: 'v1.4.0', commit })
    expect(moduleRevisionOf(production, found as typeof revision).spec.source.git).toEqual({ url, commit, tag: 'v1.4.0' })
    const { tag: _, ...untagged } = completed
    expect(promotedRevision(production, staging({ completed: untagged }))).toEqual({ commit })
  })

  test('waits, with the reason', () => {
    expect(promotedRevision(production, undefined)).toMatchObject({ found: 'a Module that does not exist' })
    expect(promotedRevision(production, staging())).toMatchObject({
      path: 'spec.source.git.promoteFrom',
      found: 'Module staging/shop, which has completed no version',
    })
    expect(promotedRevision(production, staging({ completed: { ...completed, url: 'https://example.com/other.git' } }))).toEqual({
      path: 'spec.source.git.url',
      found: `string "${url}"`,
      accepted: 'the repository of Module staging/shop, string "https://example.com/other.git"',
    })
  })
})
