import { FleetkitError, Module, type ModuleInput } from 'fleetkit'
import { definitionOf, jsonSchemaOf, moduleKind, syncKind } from 'fleetkit/kinds'
import { Canary, OneAtATime, parseStrategy, Rolling } from 'fleetkit/rollout'
import { describe, expect, test } from 'vitest'

const metadata = { name: 'ingress', namespace: 'fleet' }
const source = { git: { url: 'https://example.com/ingress.git', tag: 'v1.4.0' } }
const valid: ModuleInput = { metadata, spec: { source, clusters: { matchLabels: { tier: 'prod' } } } }

function problemsOf(change: (input: Record<string, any>) => void): readonly string[] {
  const input = structuredClone(valid) as Record<string, any>
  change(input)
  try {
    new Module(input as ModuleInput)
  } catch (error) {
    expect(error).toBeInstanceOf(FleetkitError)
    expect((error as FleetkitError).code).toBe('model/invalid')
    return (error as FleetkitError).problems.map(({ path, found, accepted }) => `${path}: found ${found}, accepted ${accepted}`)
  }
  return []
}

describe('a Module', () => {
  test('fills in defaults: all at once, pruned, and ready when healthy', () => {
    expect(new Module(valid).spec).toEqual({
      source,
      clusters: { matchLabels: { tier: 'prod' } },
      rollout: { allAtOnce: {} },
      path: './',
      interval: '10m',
      timeout: '5m',
      prune: true,
      wait: true,
      allowEmpty: false,
      force: false,
      forceConflicts: false,
      suspend: false,
      confirmPrune: false,
      priority: 0,
      removalPolicy: 'MirrorPrune',
      deletionPolicy: 'Delete',
    })
  })

  test('takes a strategy, and keeps its data', () => {
    const rollout = new Rolling({ maxUnavailable: 1, within: 'region' })
    const module = new Module({ metadata, spec: { source, clusters: {}, rollout } })
    expect(module.spec.rollout).toEqual({ rolling: { maxUnavailable: 1, within: 'region' } })
    expect(parseStrategy(module.spec.rollout).compile()).toEqual(rollout.compile())
  })

  test('survives a round trip through JSON and YAML', () => {
    const module = new Module({
      ...valid,
      spec: { ...valid.spec, rollout: new Canary({ limit: 1, soak: '1h', next: new OneAtATime() }) },
    })
    expect(Module.parse(JSON.stringify(module)).toObject()).toEqual(module.toObject())
    expect(Module.from(module.toObject())).toEqual(module)
    expect(
      Module.parse(`
apiVersion: fleetkit.dev/v1alpha1
kind: Module
metadata: { name: ingress, namespace: fleet }
spec:
  source: { git: { url: https://example.com/ingress.git, tag: v1.4.0 } }
  clusters: { matchLabels: { tier: prod } }
  rollout:
    canary: { limit: 1, soak: 1h, next: { oneAtATime: {} } }
`),
    ).toEqual(module)
  })

  test('with makes a changed and validated copy, and takes a strategy too', () => {
    const module = new Module(valid)
    const next = module.with((draft) => {
      draft.spec.source.git.tag = 'v1.5.0'
      draft.spec.rollout = new Rolling({ maxUnavailable: 2 })
    })
    expect(next).toBeInstanceOf(Module)
    expect([module.spec.source.git.tag, next.spec.source.git.tag]).toEqual(['v1.4.0', 'v1.5.0'])
    expect([module.spec.rollout, next.spec.rollout]).toEqual([{ allAtOnce: {} }, { rolling: { maxUnavailable: 2 } }])
    expect(() =>
      module.with((draft) => {
        draft.spec.rollout = { rolling: {} as never }
      }),
    ).toThrow(/^Module fleet\/ingress: spec\.rollout\.rolling\.maxUnavailable: found nothing/)
  })

  test('is deeply frozen, and does not share what it was made from', () => {
    const input = structuredClone(valid) as any
    input.spec.rollout = { staged: { stages: [{ name: 'a' }] } }
    const module = new Module(input)
    input.spec.rollout.staged.stages[0].name = 'b'
    input.spec.clusters.matchLabels.tier = 'dev'
    expect(module.spec.rollout.staged?.stages[0]?.name).toBe('a')
    expect(module.spec.clusters?.matchLabels?.tier).toBe('prod')
    expect(() => {
      ;(module.spec.rollout as any).allAtOnce = {}
    }).toThrow(TypeError)
  })

  test('selects no cluster unless it says so', () => {
    expect(new Module({ metadata, spec: { source } }).spec.clusters).toBe(undefined)
    expect(new Module({ metadata, spec: { source, clusters: {} } }).spec.clusters).toEqual({})
  })

  test('has a reference, and a namespace when none is given', () => {
    expect(new Module({ metadata: { name: 'ingress' }, spec: { source } }).ref).toEqual({
      apiVersion: 'fleetkit.dev/v1alpha1',
      kind: 'Module',
      namespace: 'default',
      name: 'ingress',
    })
  })

  test('keeps the status that it was given', () => {
    const status = { version: 'v1.3.0', summary: { clusters: 3, done: 1, updating: 1, held: 1 } }
    expect(new Module({ ...valid, status }).with(() => {}).status).toEqual(status)
  })
})

describe('bad input has one clear problem each', () => {
  test.each<[string, (input: Record<string, any>) => void, readonly string[]]>([
    [
      'a branch',
      ({ spec }) => {
        spec.source.git = { url: spec.source.git.url, branch: 'main' }
      },
      [
        'spec.source.git.branch: found string "main", accepted a tag or a commit: a branch moves, so it does not say which revision is meant',
      ],
    ],
    [
      'no version',
      ({ spec }) => {
        delete spec.source.git.tag
      },
      ['spec.source.git: found none of them, accepted exactly one of tag, commit, promoteFrom'],
    ],
    [
      'a selector that Kubernetes would refuse',
      ({ spec }) => {
        spec.clusters = { matchLabels: { 'not a key': 'x' } }
      },
      [
        'spec.clusters.matchLabels[not a key]: found key "not a key", accepted a name of at most 63 letters, digits, -, _ and ., with an optional DNS prefix and /',
      ],
    ],
    [
      'a strategy by its name alone',
      ({ spec }) => {
        spec.rollout = 'Rolling'
      },
      ['spec.rollout: found string "Rolling", accepted an object'],
    ],
    [
      'two strategies',
      ({ spec }) => {
        spec.rollout = { allAtOnce: {}, rolling: { maxUnavailable: 1 } }
      },
      ['spec.rollout: found allAtOnce and rolling, accepted exactly one of allAtOnce, oneAtATime, rolling, staged, canary'],
    ],
    [
      'two stages of one name',
      ({ spec }) => {
        spec.rollout = { staged: { stages: [{ name: 'eu' }, { name: 'eu' }] } }
      },
      ['spec.rollout.staged.stages[1].name: found string "eu", accepted a name that no other stage has: not rest, eu'],
    ],
    [
      'a dependency on itself',
      ({ spec }) => {
        spec.dependsOn = [{ name: 'ingress', namespace: 'other' }, { name: 'ingress' }]
      },
      ['spec.dependsOn[1]: found this Module itself, accepted another Module'],
    ],
    [
      'a range of versions that is none',
      ({ spec }) => {
        spec.dependsOn = [
          { name: 'dns', version: '>=1.4 <2' },
          { name: 'crds', version: 'newest' },
        ]
      },
      ['spec.dependsOn[1].version: found string "newest", accepted a range of semantic versions, such as >=1.4 <2'],
    ],
    [
      'another kind',
      (input) => {
        input.kind = 'Sync'
      },
      ['kind: found string "Sync", accepted Module'],
    ],
    [
      'an unknown field',
      ({ spec }) => {
        spec.cluster = {}
      },
      [
        'spec.cluster: found an unknown field, accepted one of source, path, interval, retryInterval, timeout, prune, allowEmpty, maxPrune, confirmPrune, partial, wait, healthChecks, healthCheckExprs, healthProfile, force, forceConflicts, ignore, conflicts, suspend, targetNamespace, postBuild, dependsOn, parameters, clusters, rollout, windows, freezes, priority, removalPolicy, deletionPolicy',
      ],
    ],
  ])('%s', (_, change, expected) => {
    expect(problemsOf(change)).toEqual(expected)
  })

  test('whatever is no object', () => {
    for (const input of [undefined, null, 'module', [], { metadata: null, spec: null }, { metadata, spec: { rollout: { toJSON: 1 } } }]) {
      expect(() => new Module(input as never)).toThrow(FleetkitError)
    }
  })
})

describe('its definition', () => {
  const spec = (definitionOf(moduleKind) as any).spec.versions[0].schema.openAPIV3Schema.properties.spec.properties

  test('takes whole numbers and text for an amount, as Kubernetes does', () => {
    expect(spec.rollout.properties.rolling.properties.maxUnavailable).toMatchObject({
      anyOf: [{ type: 'integer' }, { type: 'string' }],
      'x-kubernetes-int-or-string': true,
    })
    expect(spec.rollout.properties.rolling.properties.maxUnavailable.type).toBe(undefined)
    const rolling = (jsonSchemaOf(moduleKind) as any).properties.spec.properties.rollout.properties.rolling
    expect(rolling.properties.maxUnavailable.type).toEqual(['integer', 'string'])
  })

  test('takes exactly one strategy', () => {
    expect(spec.rollout['x-kubernetes-validations']).toEqual([
      expect.objectContaining({ message: 'exactly one of allAtOnce, oneAtATime, rolling, staged, canary is accepted' }),
    ])
  })

  test('has the source of a Sync, and promotion beside it', () => {
    const sync = (definitionOf(syncKind) as any).spec.versions[0].schema.openAPIV3Schema.properties.spec.properties
    const { promoteFrom, ...fields } = spec.source.properties.git.properties
    expect(fields).toEqual(sync.source.properties.git.properties)
    expect(promoteFrom.required).toEqual(['name'])
  })
})
