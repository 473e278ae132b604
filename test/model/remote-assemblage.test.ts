import { type AssembledSyncInput, type AssignedModule, RemoteAssemblage } from 'fleetkit'
import { digestOfSync, ModuleRevision, type ModuleRevisionSpecInput, moduleRevisionNameOf, specialisedSync } from 'fleetkit/fleet'
import { definitionOf, remoteAssemblageKind } from 'fleetkit/kinds'
import { expect, test } from 'vitest'

const commit = '4ab8f5d3e1f0c2b7a6958473625140fedcba9876'
const sync = (name: string): AssembledSyncInput => ({ name, source: { git: { url: 'https://example.com/base.git', commit } }, prune: true })

function revisionOf(name: string, more: Partial<ModuleRevisionSpecInput> = {}): ModuleRevision {
  const git = { url: `https://git.example.com/platform/${name}.git`, commit, tag: 'v1.4.0' }
  const spec: ModuleRevisionSpecInput = { module: { name }, source: { git }, path: './deploy', prune: true, wait: true, ...more }
  return new ModuleRevision({ metadata: { name: moduleRevisionNameOf(spec), namespace: 'eu' }, spec })
}

function assigned(revision: ModuleRevision, values?: Readonly<Record<string, string>>): AssignedModule {
  const made = specialisedSync(revision, values ?? {})
  const { name } = revision.metadata
  return { name: made.name, revision: name, generation: 12, at: '2026-01-31T12:00:00Z', digest: digestOfSync(made), values }
}

function remote(modules: readonly AssignedModule[], syncs: readonly AssembledSyncInput[] = []): RemoteAssemblage {
  return new RemoteAssemblage({
    metadata: { name: 'platform', namespace: 'eu' },
    spec: { cluster: { name: 'eu' }, template: { spec: { driver: 'flux', syncs } }, modules },
  })
}

test('a module is named as no other module and no sync of the template', () => {
  const [shop, web] = [assigned(revisionOf('shop')), assigned(revisionOf('web'))]
  expect(() => remote([shop, web, web])).toThrow(
    'RemoteAssemblage eu/platform: spec.modules[2].name: found string "web", accepted a name that no other module or sync has; spec.modules[1] has it',
  )
  expect(() => remote([shop], [sync('base'), sync('shop')])).toThrow(
    'spec.modules[0].name: found string "shop", accepted a name that no other module or sync has; spec.template.spec.syncs[1] has it',
  )
  const many = Array.from({ length: 1000 }, (_, at) => ({ ...shop, name: `m${at}` }))
  expect(remote(many).spec.modules).toHaveLength(1000)
  expect(() => remote(many, [sync('base')])).toThrow(
    'spec.modules: found 1001, accepted at most 1000 together with the syncs of the template',
  )
})

test('its Assemblage has the syncs of the template, then one for each module', () => {
  const parameters = [{ name: 'region', valueFrom: { clusterFieldRef: { pointer: '/metadata/labels/region' } } }]
  const needs = (...names: readonly string[]) => ({ dependsOn: names.map((name) => ({ name })) })
  const revisions = [revisionOf('shop', { parameters, ...needs('web', 'base', 'elsewhere') }), revisionOf('web', needs('elsewhere'))]
  const known = new Map(revisions.map((revision) => [revision.metadata.name, revision]))
  const [shop, web] = revisions as [ModuleRevision, ModuleRevision]
  const value = remote([assigned(shop, { region: 'eu' }), assigned(web)], [sync('base')])
  const assemblage = value.assemblageWith(({ revision, values = {} }) => specialisedSync(known.get(revision) as ModuleRevision, values))
  expect(assemblage.metadata).toMatchObject({ name: 'platform', namespace: 'default' })
  expect(assemblage.spec.driver).toBe('flux')
  expect(assemblage.spec.syncs.map(({ name, dependsOn }) => [name, dependsOn?.map((each) => each.name)])).toEqual([
    ['base', undefined],
    ['shop', ['web', 'base']],
    ['web', []],
  ])
  expect(assemblage.spec.syncs[1]?.postBuild?.substitute).toEqual({ region: 'eu' })
  expect(() => value.assemblage).toThrow('spec.modules: found a list of 2, accepted none')
  expect(remote([], [sync('base')]).assemblage).toEqual(remote([], [sync('base')]).assemblageWith(() => assemblage.spec.syncs[0] as never))
})

test('its modules are atomic lists, of the specification and of the status', () => {
  const { properties } = (definitionOf(remoteAssemblageKind) as any).spec.versions[0].schema.openAPIV3Schema
  for (const part of ['spec', 'status'])
    expect(properties[part].properties.modules).toMatchObject({ type: 'array', 'x-kubernetes-list-type': 'atomic' })
  expect(properties.spec.properties.modules.maxItems).toBe(1000)
})

test('with two hundred modules that are ready it is a third as long as with their syncs', () => {
  const revisions = Array.from({ length: 200 }, (_, at) => revisionOf(`m${at}`))
  const modules = revisions.map((revision) => assigned(revision))
  const since = '2026-01-31T12:05:00Z'
  const outcomes = modules.map(({ name, revision, generation }) => ({ name, revision, generation, phase: 'Ready' as const, since }))
  const lean = { ...remote(modules).toObject(), status: { modules: outcomes, syncs: [], reportedGeneration: 40 } }
  const syncs = revisions.map((revision) => specialisedSync(revision, {}))
  const full = {
    ...remote([], syncs).toObject(),
    status: {
      syncs: syncs.map(({ name }) => ({
        name,
        state: 'Ready',
        reason: 'Succeeded',
        message: `applied sha1:${commit}`,
        since,
        revision: `sha1:${commit}`,
        lastAppliedRevision: `v1.4.0@sha1:${commit}`,
        uid: '6f1f9a3c-7c0e-4d8e-9a51-0d1c2b3a4f5e',
        generation: 12,
      })),
    },
  }
  const bytes = (object: object): number => JSON.stringify(object).length
  expect(bytes(lean)).toBeLessThanOrEqual(48 * 1024)
  expect(bytes(full) / bytes(lean)).toBeGreaterThan(2.8)
})
