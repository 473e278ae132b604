import fc from 'fast-check'
import { Assemblage, type AssembledSync, exactInteger, type KubeObject, Module } from 'fleetkit'
import { digestOfSync, type ModuleRevision, moduleRevisionOf, type SpecialiseInput, specialise, specialisedSync } from 'fleetkit/fleet'
import { describe, expect, test } from 'vitest'
import { runs } from '../../random-tests.ts'
import { sortedFields, turned } from './turned.ts'

const url = 'https://example.com/shop.git'
const commit = '4ab8f5d3e1f0c2b7a6958473625140fedcba9876'

function revisionOf(spec: object): ModuleRevision {
  const module = new Module({
    metadata: { name: 'shop', namespace: 'fleet' },
    spec: { source: { git: { url, tag: 'v1' } }, ...spec } as never,
  })
  return moduleRevisionOf(module, { tag: 'v1', commit })
}
const cluster: KubeObject = {
  apiVersion: 'fleetkit.dev/v1alpha1',
  kind: 'Cluster',
  metadata: { name: 'eu-1', namespace: 'eu-1', labels: { region: 'eu', 'example.com/zone': 'a' } },
  spec: { access: { inbound: {} }, suspend: false },
  status: {
    kubernetesVersion: 'v1.35.1',
    engines: [{ name: 'fleetkit', apiVersions: ['v1'] }],
    seed: exactInteger(9_007_199_254_740_993n),
  },
}
const regions: KubeObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'eu', namespace: 'fleet' },
  data: { host: 'eu.example.com', secret: 'do-not-show' },
  numbers: { whole: 3, part: 0.25, none: null },
}
const find: SpecialiseInput['find'] = ({ kind, namespace, name }) =>
  kind === 'ConfigMap' && namespace === 'fleet' && name === 'eu' ? regions : undefined

const field = (name: string, pointer: string, type?: string, more: object = {}) => ({
  name,
  valueFrom: { clusterFieldRef: { pointer, ...(type === undefined ? {} : { type }) }, ...more },
})
const inObject = (name: string, pointer: string, ref: object = {}, more: object = {}) => ({
  name,
  valueFrom: { objectFieldRef: { apiVersion: 'v1', kind: 'ConfigMap', name: 'eu', pointer, ...ref }, ...more },
})
const of = (...parameters: readonly object[]) => specialise({ revision: revisionOf({ parameters }), cluster, find })
function valuesOf(...parameters: readonly object[]): Readonly<Record<string, string>> {
  const result = of(...parameters)
  if ('problems' in result) throw new Error(JSON.stringify(result.problems))
  expect(result.sync.postBuild?.substitute).toMatchObject(result.values)
  return result.values
}
function problemsOf(...parameters: readonly object[]): readonly string[] {
  const result = of(...parameters)
  return 'problems' in result ? result.problems.map(({ path, found, accepted }) => `${path}: found ${found}, accepted ${accepted}`) : []
}

describe('what a cluster makes of a revision', () => {
  test('is a sync of an Assemblage', () => {
    const revision = revisionOf({
      path: './prod',
      removalPolicy: 'Delete',
      dependsOn: [{ name: 'dns', version: '^1' }, { name: 'certs' }],
      postBuild: { strict: true, substitute: { tier: 'prod' }, substituteFrom: [{ kind: 'ConfigMap', name: 'defaults' }] },
      parameters: [
        field('region', '/metadata/labels/region'),
        { name: 'host', value: '$(region).example.com, $$5' },
        inObject('password', '/data/password', { kind: 'Secret', name: '$(region)-shop', evaluate: 'Downstream' }, { optional: true }),
      ],
    })
    const result = specialise({ revision, cluster, find })
    if ('problems' in result) throw new Error('it has problems')
    const { sync, values, digest, refs } = result
    expect(sync).toMatchObject({
      name: 'shop',
      source: { git: { url, commit, tag: 'v1' } },
      path: './prod',
      deletionPolicy: 'Delete',
      dependsOn: [{ name: 'certs' }, { name: 'dns' }],
      postBuild: {
        strict: true,
        substitute: { tier: 'prod', region: 'eu', host: 'eu.example.com, $5' },
        substituteFrom: [
          { kind: 'ConfigMap', name: 'defaults', optional: false },
          { kind: 'Secret', name: 'eu-shop', optional: true },
        ],
      },
    })
    expect({ values, refs }).toEqual({ values: { region: 'eu' }, refs: [] })
    expect(digest).toMatch(/^[0-9a-f]{16}$/)
    const others = ['dns', 'certs'].map((name) => ({ name, source: sync.source, prune: true }))
    const assemblage = new Assemblage({ metadata: { name: 'eu-1' }, spec: { syncs: [...others, sync] } })
    expect(assemblage.spec.syncs[2]).toEqual(sync)
  })

  test('has no variables of its own where there are no parameters', () => {
    const { sync } = specialise({ revision: revisionOf({}), cluster, find }) as { readonly sync: object }
    expect(sync).not.toHaveProperty('postBuild')
    expect(sync).not.toHaveProperty('module')
    expect(sync).not.toHaveProperty('parameters')
  })

  test('has the fields of the Cluster and of objects as text, each of its type', () => {
    expect(
      valuesOf(
        field('zone', '/metadata/labels/example.com~1zone'),
        field('suspended', '/spec/suspend', 'boolean'),
        field('engine', '/status/engines/0/name'),
        field('seed', '/status/seed', 'integer'),
        field('large', '/status/seed', 'number'),
        inObject('host', '/data/host'),
        inObject('whole', '/numbers/whole', { type: 'integer' }),
        inObject('number', '/numbers/whole', { type: 'number' }),
        inObject('part', '/numbers/part', { type: 'number' }),
      ),
    ).toEqual({
      zone: 'a',
      suspended: 'false',
      engine: 'fleetkit',
      seed: '9007199254740993',
      large: '9007199254740993',
      host: 'eu.example.com',
      whole: '3',
      number: '3',
      part: '0.25',
    })
  })

  test('has a default where there is nothing, and no variable where none is needed', () => {
    expect(
      valuesOf(
        field('a', '/metadata/labels/none', 'string', { default: 'x' }),
        field('b', '/metadata/labels/none', 'string', { optional: true }),
        inObject('c', '/data/host', { name: 'none' }, { default: '' }),
        inObject('d', '/numbers/none', { type: 'integer' }, { default: '-7' }),
        field('e', '/metadata/labels/region', 'string', { default: 'x', optional: true }),
      ),
    ).toEqual({ a: 'x', c: '', d: '-7', e: 'eu' })
  })

  test('says which objects it has looked for, found or not, by the names that parameters give them', () => {
    const ref = { apiVersion: 'v1', kind: 'ConfigMap' }
    const result = of(
      field('region', '/metadata/labels/region'),
      { name: 'alias', value: '$(region)' },
      inObject('a', '/data/host', { name: '$(alias)' }),
      inObject('b', '/data/x', { name: 'x', namespace: '$(region)-1' }, { optional: true }),
    )
    expect(result.refs).toEqual([
      { ...ref, namespace: 'fleet', name: 'eu' },
      { ...ref, namespace: 'eu-1', name: 'x' },
    ])
    expect(result).toMatchObject({ values: { a: 'eu.example.com', region: 'eu' } })
  })

  test.each(['a', 'b'])('combines what several parameters read of one object downstream, of which %s is optional', (optional) => {
    const downstream = (name: string) => inObject(name, `/data/${name}`, { evaluate: 'Downstream' }, { optional: name === optional })
    const { sync } = of(downstream('a'), downstream('b')) as { readonly sync: { readonly postBuild?: object } }
    expect(sync.postBuild).toMatchObject({ substitute: {}, substituteFrom: [{ kind: 'ConfigMap', name: 'eu', optional: false }] })
  })
})

describe('a parameter without a value is a problem of that cluster, with one cause', () => {
  test.each<[string, readonly object[], readonly string[]]>([
    [
      'no such field of the Cluster',
      [field('a', '/metadata/labels/none'), { name: 'b', value: '$(a)' }, inObject('c', '/data/host', { name: '$(b)' })],
      ['parameters.a: found no such field, accepted a string at /metadata/labels/none of Cluster eu-1/eu-1'],
    ],
    [
      'no such object',
      [inObject('a', '/data/host', { name: 'us' })],
      ['parameters.a: found no such object, accepted a string at /data/host of ConfigMap fleet/us'],
    ],
    [
      'a type that it is not, whatever the default; and the value is not shown',
      [inObject('a', '/data/secret', { type: 'integer' }, { default: '1', optional: true })],
      ['parameters.a: found a string, accepted an integer at /data/secret of ConfigMap fleet/eu'],
    ],
    [
      'a number, a truth value, a list and an object instead of a text',
      [inObject('a', '/numbers/whole'), field('b', '/spec/suspend'), field('c', '/status/engines'), field('d', '/spec/access')],
      [
        'parameters.a: found a number, accepted a string at /numbers/whole of ConfigMap fleet/eu',
        'parameters.b: found a boolean, accepted a string at /spec/suspend of Cluster eu-1/eu-1',
        'parameters.c: found a list of 1, accepted a string at /status/engines of Cluster eu-1/eu-1',
        'parameters.d: found an object, accepted a string at /spec/access of Cluster eu-1/eu-1',
      ],
    ],
    [
      'a fraction instead of an integer, a text instead of true',
      [inObject('a', '/numbers/part', { type: 'integer' }), inObject('b', '/data/host', { type: 'boolean' })],
      [
        'parameters.a: found a number, accepted an integer at /numbers/part of ConfigMap fleet/eu',
        'parameters.b: found a string, accepted true or false at /data/host of ConfigMap fleet/eu',
      ],
    ],
    [
      'what an object has from its prototype, and positions that are none',
      [
        field('a', '/metadata/toString/name'),
        field('b', '/status/engines/length'),
        field('c', '/status/engines/00/name'),
        field('d', '/__proto__'),
      ],
      [
        'parameters.a: found no such field, accepted a string at /metadata/toString/name of Cluster eu-1/eu-1',
        'parameters.b: found no such field, accepted a string at /status/engines/length of Cluster eu-1/eu-1',
        'parameters.c: found no such field, accepted a string at /status/engines/00/name of Cluster eu-1/eu-1',
        'parameters.d: found no such field, accepted a string at /__proto__ of Cluster eu-1/eu-1',
      ],
    ],
    [
      'a name that leads elsewhere',
      [
        { name: 'up', value: '../secrets' },
        { name: 'none', value: '' },
        inObject('a', '/data/host', { name: '$(up)' }),
        inObject('b', '/data/host', { namespace: '$(none)' }),
        { name: 'dots', value: '..' },
        inObject('c', '/data/host', { name: '$(dots)' }),
      ],
      ['a', 'b', 'c'].map(
        (name) => `parameters.${name}: found a name that no object can have, accepted at most 253 characters without / and %`,
      ),
    ],
    [
      'a value that grows without end',
      Array.from({ length: 40 }, (_, index) => ({ name: `p${index}`, value: index === 0 ? 'xxxx' : `$(p${index - 1})$(p${index - 1})` })),
      ['parameters.p11: found 8192 characters, accepted at most 4096'],
    ],
  ])('%s', (_, parameters, expected) => {
    expect(problemsOf(...parameters)).toEqual(expected)
    expect(problemsOf(...parameters.toReversed())).toEqual(expected)
  })
})

describe('the sync of a cluster, made again', () => {
  const names = ['a', 'b', 'c', 'd', '__proto__'] as const
  const labels = fc.dictionary(fc.constantFrom('x', 'y', 'z'), fc.constantFrom('1', '2', '$(a)', '$$'))
  const parameter = fc.oneof(
    fc.record({ value: fc.array(fc.constantFrom('v', '$$', '$', '$(a)', '$(b)'), { maxLength: 3 }).map((parts) => parts.join('')) }),
    fc.record({
      valueFrom: fc.record(
        {
          clusterFieldRef: fc.record({ pointer: fc.constantFrom('/metadata/labels/x', '/metadata/labels/y', '/metadata/name') }),
          default: fc.constantFrom('', 'other'),
        },
        { requiredKeys: ['clusterFieldRef'] },
      ),
    }),
  )
  const worlds = fc.record({
    bound: fc.tuple(parameter, parameter, parameter, parameter, parameter),
    labels,
    path: fc.constantFrom('./', './b'),
  })
  type World = typeof worlds extends fc.Arbitrary<infer T> ? T : never

  function resultOf({ bound, labels, path }: World) {
    // a and b refer to nothing: what others refer to is there, and in no cycle.
    const parameters = bound.map((each, index) => {
      const name = names[index] as string
      return index < 2 && 'value' in each ? { name, value: each.value.replaceAll(/\$\([ab]\)/g, '') } : { name, ...each }
    })
    const revision = revisionOf({ path, parameters })
    return { revision, result: specialise({ revision, cluster: { ...cluster, metadata: { name: 'eu-1', labels } }, find }) }
  }

  test('is the same from the values alone, and has the same digest exactly if it says the same', () => {
    let compared = 0
    fc.assert(
      fc.property(worlds, worlds, (one, other) => {
        const [a, b] = [resultOf(one), resultOf(other)]
        if ('problems' in a.result) return
        compared++
        const { sync, values, digest } = a.result
        const stored = JSON.parse(JSON.stringify(turned(values)))
        expect(specialisedSync(a.revision, stored)).toEqual(sync)
        expect(digestOfSync(turned(sync))).toBe(digest)
        expect(resultOf({ ...one, labels: turned(one.labels) }).result).toEqual(a.result)
        if ('problems' in b.result) return
        expect(digest === b.result.digest).toBe(JSON.stringify(sortedFields(sync)) === JSON.stringify(sortedFields(b.result.sync)))
      }),
      { numRuns: runs(300) },
    )
    expect(compared).toBeGreaterThan(runs(300) / 20)
  })

  test('needs every value', () => {
    const revision = revisionOf({ parameters: [field('a', '/metadata/name'), field('b', '/metadata/uid', 'string', { optional: true })] })
    expect(specialisedSync(revision, { a: 'eu-1' }).postBuild?.substitute).toEqual({ a: 'eu-1' })
    expect(() => specialisedSync(revision, { b: 'x' })).toThrow(
      `ModuleRevision fleet/${revision.metadata.name}: parameters.a: found nothing, accepted its value as text`,
    )
    expect(() => specialisedSync(revision, { a: 7 as never })).toThrow('parameters.a: found number 7, accepted its value as text')
    expect(() => specialisedSync(revision, { a: 'x'.repeat(4097) })).toThrow('parameters.a: found 4097 characters, accepted at most 4096')
  })

  test('has the same digest whether defaults are written out or not', () => {
    const { sync, digest } = of() as { readonly sync: AssembledSync; readonly digest: string }
    const { path: _path, interval: _interval, force: _force, ...lean } = sync
    expect(digestOfSync(lean as AssembledSync)).toBe(digest)
    expect(digestOfSync({ ...sync, path: './other' })).not.toBe(digest)
  })

  test('tells an edited value by its digest', () => {
    const revision = revisionOf({ parameters: [field('a', '/metadata/name')] })
    const result = specialise({ revision, cluster, find }) as { readonly digest: string }
    expect(digestOfSync(specialisedSync(revision, { a: 'eu-1' }))).toBe(result.digest)
    expect(digestOfSync(specialisedSync(revision, { a: 'eu-2' }))).not.toBe(result.digest)
  })
})
