import { type FleetkitError, Module } from 'fleetkit'
import { describe, expect, test } from 'vitest'

const source = { git: { url: 'https://example.com/shop.git', tag: 'v1.4.0' } }
const metadata = { name: 'shop', namespace: 'fleet' }

function problemsOf(spec: object): readonly string[] {
  try {
    new Module({ metadata, spec: { source, ...spec } as never })
  } catch (error) {
    expect((error as FleetkitError).code).toBe('model/invalid')
    return (error as FleetkitError).problems.map(({ path, found, accepted }) => `${path}: found ${found}, accepted ${accepted}`)
  }
  return []
}
const literal = (name: string, value: string) => ({ name, value })
const fromCluster = (name: string, more: object = {}, field: object = {}) => ({
  name,
  valueFrom: { clusterFieldRef: { pointer: '/metadata/name', ...field }, ...more },
})
const fromObject = (name: string, field: object = {}, more: object = {}) => ({
  name,
  valueFrom: {
    objectFieldRef: { apiVersion: 'v1', kind: 'ConfigMap', name: 'regions', pointer: `/data/${name}`, ...field },
    ...more,
  },
})
const downstream = (name: string, field: object = {}, more: object = {}) => fromObject(name, { evaluate: 'Downstream', ...field }, more)

describe('parameters of a Module', () => {
  test('are values, fields of the Cluster, and fields of objects', () => {
    const parameters = [
      literal('host', '$(cluster).example.com costs $5, $$(cluster) is not replaced, nor is $(cluster'),
      fromCluster('cluster'),
      fromObject('limit', { type: 'integer', name: 'of-$(cluster)', namespace: '$(cluster)' }, { default: '3' }),
      downstream('password', { kind: 'Secret', name: '$(cluster)' }, { optional: true }),
    ]
    expect(problemsOf({ parameters })).toEqual([])
    const { spec } = new Module({ metadata, spec: { source, parameters: parameters as never } })
    expect(spec.parameters?.[1]?.valueFrom).toEqual({ clusterFieldRef: { pointer: '/metadata/name', type: 'string' }, optional: false })
    expect(spec.parameters?.[3]?.valueFrom?.objectFieldRef?.evaluate).toBe('Downstream')
    expect(spec.parameters?.[2]?.valueFrom?.objectFieldRef?.evaluate).toBe('Upstream')
  })

  test.each<[string, readonly object[], readonly string[]]>([
    [
      'neither a value nor a binding',
      [{ name: 'a' }],
      ['spec.parameters[0]: found none of them, accepted exactly one of value, valueFrom'],
    ],
    [
      'both',
      [{ ...fromCluster('a'), value: '' }],
      ['spec.parameters[0]: found value and valueFrom, accepted exactly one of value, valueFrom'],
    ],
    [
      'a name that no variable can have',
      [literal('a-b', '')],
      ['spec.parameters[0].name: found string "a-b", accepted at most 63 letters, digits and _, not beginning with a digit'],
    ],
    [
      'a name twice',
      [literal('a', '1'), literal('a', '2')],
      ['spec.parameters[1].name: found string "a", accepted a name that no other parameter has'],
    ],
    [
      'a pointer that is none',
      [fromCluster('a', {}, { pointer: 'metadata/name' })],
      [
        'spec.parameters[0].valueFrom.clusterFieldRef.pointer: found string "metadata/name", accepted a JSON pointer such as /metadata/labels/region, with ~1 for a / and ~0 for a ~ in a name',
      ],
    ],
    [
      'a type that there is not',
      [fromCluster('a', {}, { type: 'object' })],
      ['spec.parameters[0].valueFrom.clusterFieldRef.type: found string "object", accepted one of string, integer, number, boolean'],
    ],
    [
      'a default of another type',
      [fromCluster('a', { default: '3.5' }, { type: 'integer' })],
      ['spec.parameters[0].valueFrom.default: found string "3.5", accepted the text of an integer'],
    ],
    [
      'a reference to no parameter',
      [literal('a', '$(b)')],
      ['spec.parameters[0].value: found a reference to string "b", accepted the name of another parameter; $$ stands for a $'],
    ],
    [
      'a reference to a parameter without a value',
      [fromObject('a', { name: '$(b)' }), fromCluster('b', { optional: true })],
      [
        'spec.parameters[0].valueFrom.objectFieldRef.name: found a reference to string "b", accepted a parameter that always has a value: this one is optional',
      ],
    ],
    [
      'a reference to what the cluster resolves',
      [literal('a', '$(b)'), downstream('b')],
      ['spec.parameters[0].value: found a reference to string "b", accepted a parameter that is not evaluated downstream'],
    ],
    [
      'itself',
      [literal('a', 'x$(a)')],
      ['spec.parameters[0]: found a cycle: a → a, accepted parameters that do not refer to one another in a cycle'],
    ],
    [
      'a cycle, and what leads into it',
      [literal('z', '$(b)'), literal('a', '$(b)'), fromObject('b', { name: '$(c)' }), fromObject('c', { namespace: '$(a)$(a)' })],
      ['spec.parameters[2]: found a cycle: b → c → a → b, accepted parameters that do not refer to one another in a cycle'],
    ],
    [
      'two cycles',
      [literal('a', '$(a)'), literal('b', '$(c)'), literal('c', '$(b)$(c)')],
      [
        'spec.parameters[0]: found a cycle: a → a, accepted parameters that do not refer to one another in a cycle',
        'spec.parameters[1]: found a cycle: b → c → b, accepted parameters that do not refer to one another in a cycle',
      ],
    ],
    [
      'a Secret of the management',
      [fromObject('a', { kind: 'Secret' })],
      [
        'spec.parameters[0].valueFrom.objectFieldRef.evaluate: found a Secret that is read upstream, accepted Downstream: its value would stand in clear in what the cluster is assigned',
      ],
    ],
    [
      'a version of ConfigMaps that no cluster has',
      [downstream('a', { apiVersion: 'v2' })],
      ['spec.parameters[0].valueFrom.objectFieldRef.apiVersion: found string "v2", accepted v1, for what is evaluated downstream'],
    ],
    [
      'another kind downstream',
      [downstream('a', { kind: 'Service' })],
      [
        'spec.parameters[0].valueFrom.objectFieldRef.kind: found string "Service", accepted ConfigMap or Secret, for what is evaluated downstream',
      ],
    ],
    [
      'another namespace downstream',
      [downstream('a', { namespace: 'b' })],
      [
        'spec.parameters[0].valueFrom.objectFieldRef.namespace: found string "b", accepted none: the namespace of the sync, for what is evaluated downstream',
      ],
    ],
    [
      'another key downstream',
      [downstream('a', { pointer: '/data/b' })],
      [
        'spec.parameters[0].valueFrom.objectFieldRef.pointer: found string "/data/b", accepted /data/a: the key that is named as the parameter, for what is evaluated downstream',
      ],
    ],
    [
      'another type downstream',
      [downstream('a', { type: 'integer' })],
      ['spec.parameters[0].valueFrom.objectFieldRef.type: found string "integer", accepted string, for what is evaluated downstream'],
    ],
    [
      'a default downstream',
      [downstream('a', {}, { default: 'x' })],
      [
        // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a variable of a source.
        'spec.parameters[0].valueFrom.default: found string "x", accepted none: the source can say it, as ${a:=…}, for what is evaluated downstream',
      ],
    ],
    [
      'a name that would lead elsewhere',
      [fromObject('a', { name: 'x/../y' })],
      [
        'spec.parameters[0].valueFrom.objectFieldRef.name: found string "x/../y", accepted at most 253 characters without / and %, in which $(name) stands for the value of another parameter',
      ],
    ],
    [
      'a value of any length',
      [literal('a', 'x'.repeat(4097))],
      [`spec.parameters[0].value: found string "${'x'.repeat(57)}...", accepted a string of 0 to 4096 characters`],
    ],
  ])('%s', (_, parameters, expected) => {
    expect(problemsOf({ parameters })).toEqual(expected)
  })

  test('have no name that a variable has already, nor more bindings than a sync can carry', () => {
    expect(problemsOf({ parameters: [literal('a', '')], postBuild: { substitute: { a: '' } } })).toEqual([
      'spec.parameters[0].name: found string "a", accepted a name that no variable of postBuild.substitute has',
    ])
    const substituteFrom = Array.from({ length: 99 }, (_, index) => ({ kind: 'ConfigMap', name: `c${index}` }))
    expect(problemsOf({ parameters: [downstream('a')], postBuild: { substituteFrom } })).toEqual([])
    expect(problemsOf({ parameters: [downstream('a'), downstream('b')], postBuild: { substituteFrom } })).toEqual([
      'spec.parameters: found 101 bindings downstream, with postBuild.substituteFrom, accepted at most 100',
    ])
  })

  test('may refer to one with a default; brackets that hold no name are text', () => {
    expect(problemsOf({ parameters: [literal('a', '$(b) $(c$(b)'), fromCluster('b', { optional: true, default: '' })] })).toEqual([])
    expect(problemsOf({ parameters: [literal('a', '$()')] })).toEqual([
      'spec.parameters[0].value: found a reference to string "", accepted the name of another parameter; $$ stands for a $',
    ])
  })

  test('are looked at once each, however many refer to them', () => {
    const parameters = Array.from({ length: 100 }, (_, index) => literal(`p${index}`, index < 2 ? 'x' : `$(p${index - 1})$(p${index - 2})`))
    expect(problemsOf({ parameters: parameters.toReversed() })).toEqual([])
  })

  test('may be named as what every object has', () => {
    const parameters = ['__proto__', 'constructor', 'toString'].map((name) => literal(name, 'x'))
    expect(problemsOf({ parameters, postBuild: { substitute: {} } })).toEqual([])
  })
})

describe('what else a Module says', () => {
  test.each<[string, object, readonly string[]]>([
    [
      'windows by the rules of fleetkit/windows',
      {
        windows: [{ schedule: '0 22 * * *', duration: '4h', timeZone: 'Europe/Nowhere' }],
        freezes: [{ name: 'x', from: '2026-12-20T00:00:00Z', to: '2026-12-01T00:00:00Z' }],
      },
      [
        'spec.windows[0].timeZone: found string "Europe/Nowhere", accepted the IANA name of a time zone, e.g. Europe/Berlin',
        'spec.freezes[0].to: found string "2026-12-01T00:00:00Z", accepted a time after 2026-12-20T00:00:00Z',
      ],
    ],
    [
      'a window that is neither recurring nor once',
      { windows: [{ duration: '4h' }] },
      ['spec.windows[0]: found none of them, accepted exactly one of schedule, from'],
    ],
    [
      'a freeze without a name',
      { freezes: [{ schedule: '@daily', duration: '1h' }] },
      ['spec.freezes[0].name: found nothing, accepted a string of 1 to 256 characters'],
    ],
    [
      'a name of a cluster that none has',
      { clusters: { names: ['EU'] } },
      [
        'spec.clusters.names[0]: found string "EU", accepted at most 63 lower-case letters, digits and -, beginning and ending with a letter or digit',
      ],
    ],
    ['no rule', { clusters: { expr: '' } }, ['spec.clusters.expr: found string "", accepted a string of 1 to 4096 characters']],
    [
      'labels beside names by their rules',
      { clusters: { names: ['eu'], expr: 'true', matchExpressions: [{ key: 'a', operator: 'In' }] } },
      ['spec.clusters.matchExpressions[0].values: found 0 values, accepted at least one for In'],
    ],
    ['a fraction as priority', { priority: 1.5 }, ['spec.priority: found number 1.5, accepted a whole number from -1000000 to 1000000']],
    [
      'a policy of a Sync for the deletion of the Module',
      { deletionPolicy: 'MirrorPrune' },
      ['spec.deletionPolicy: found string "MirrorPrune", accepted one of Delete, Orphan, Refuse'],
    ],
    [
      'promotion beside a tag',
      { source: { git: { ...source.git, promoteFrom: { name: 'staging' } } } },
      ['spec.source.git: found tag and promoteFrom, accepted exactly one of tag, commit, promoteFrom'],
    ],
    [
      'promotion from itself',
      { source: { git: { url: source.git.url, promoteFrom: { name: 'shop' } } } },
      ['spec.source.git.promoteFrom: found this Module itself, accepted another Module'],
    ],
  ])('%s', (_, spec, expected) => {
    expect(problemsOf(spec)).toEqual(expected)
  })

  test('is accepted in full', () => {
    const git = { url: source.git.url, promoteFrom: { name: 'shop', namespace: 'staging' } }
    const window = { schedule: '0 22 * * 1-5', duration: '6h', timeZoneLabel: 'example.com/time-zone', timeZone: 'UTC' }
    const spec = {
      source: { git },
      clusters: { matchLabels: { tier: 'prod' }, names: ['eu-1'], expr: "cluster.metadata.labels.tier == 'prod'" },
      windows: [{ ...window, selector: { matchLabels: { tier: 'prod' } } }],
      freezes: [{ name: 'holidays', from: '2026-12-20T00:00:00+01:00', to: '2027-01-04T00:00:00+01:00' }],
      priority: 10,
      deletionPolicy: 'Refuse',
      removalPolicy: 'WaitForTermination',
    }
    expect(problemsOf(spec)).toEqual([])
    expect(new Module({ metadata, spec: spec as never }).spec).toMatchObject(spec)
  })
})
