import { FleetkitError, Sync, type SyncInput } from 'fleetkit'
import { describe, expect, test } from 'vitest'

const valid: SyncInput = {
  metadata: { name: 'web', namespace: 'apps' },
  spec: { source: { git: { url: 'https://example.com/web.git', tag: 'v1' } }, prune: true },
}

function problemsOf(change: (input: Record<string, any>) => void): readonly string[] {
  const input = structuredClone(valid) as Record<string, any>
  change(input)
  try {
    new Sync(input as SyncInput)
  } catch (error) {
    expect(error).toBeInstanceOf(FleetkitError)
    expect((error as FleetkitError).code).toBe('model/invalid')
    return (error as FleetkitError).problems.map(({ path, found, accepted }) => `${path}: found ${found}, accepted ${accepted}`)
  }
  return []
}

describe('a Sync', () => {
  test('fills in defaults and keeps what was given', () => {
    const { spec } = new Sync({ ...valid, spec: { ...valid.spec, interval: '1h', wait: true } })
    expect(spec).toEqual({
      source: { git: { url: 'https://example.com/web.git', tag: 'v1' } },
      prune: true,
      path: './',
      interval: '1h',
      timeout: '5m',
      allowEmpty: false,
      wait: true,
      force: false,
      forceConflicts: false,
      suspend: false,
      confirmPrune: false,
      revisionHistoryLimit: 5,
      deletionPolicy: 'MirrorPrune',
    })
  })

  test('is deeply frozen, and does not share what it was made from', () => {
    const input = structuredClone(valid) as any
    const sync = new Sync(input)
    input.spec.source.git.tag = 'v2'
    input.metadata.name = 'other'
    expect(sync.spec.source.git.tag).toBe('v1')
    expect(sync.metadata.name).toBe('web')
    expect(() => {
      ;(sync.spec.source.git as any).tag = 'v2'
    }).toThrow(TypeError)
    expect(() => {
      ;(sync as any).spec = {}
    }).toThrow(TypeError)
  })

  test('is in the namespace default when it names none', () => {
    expect(new Sync({ ...valid, metadata: { name: 'web' } }).metadata.namespace).toBe('default')
  })

  test('with makes a changed and validated copy', () => {
    const sync = new Sync(valid)
    const next = sync.with((draft) => {
      draft.spec.source.git.tag = 'v2'
    })
    expect([sync.spec.source.git.tag, next.spec.source.git.tag]).toEqual(['v1', 'v2'])
    expect(() =>
      sync.with((draft) => {
        draft.spec.interval = 'often'
      }),
    ).toThrow('spec.interval: found string "often", accepted a duration such as 90s, 10m or 1h30m, 1s or longer')
  })

  test('survives a round trip through JSON and YAML', () => {
    const sync = new Sync(valid)
    const again = Sync.parse(JSON.stringify(sync))
    expect(again.toObject()).toEqual(sync.toObject())
    expect(
      Sync.parse(`
apiVersion: fleetkit.dev/v1alpha1
kind: Sync
metadata: { name: web, namespace: apps }
spec:
  source: { git: { url: https://example.com/web.git, tag: v1 } }
  prune: true
`).toObject(),
    ).toEqual(sync.toObject())
  })

  test('parse takes exactly one document, and names the place of a syntax error', () => {
    expect(() => Sync.parse('a: 1\n---\nb: 2\n', { origin: 'sync.yaml' })).toThrow('sync.yaml: found 2 documents, accepted exactly one')
    expect(() => Sync.parse('a: [1\nb: 2\n', { origin: 'sync.yaml' })).toThrow(/sync\.yaml:2:/)
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
      'a range of versions',
      ({ spec }) => {
        spec.source.git = { url: spec.source.git.url, semver: '>=1' }
      },
      ['spec.source.git.semver: found string ">=1", accepted a tag or a commit: a range moves, so it does not say which revision is meant'],
    ],
    [
      'no version',
      ({ spec }) => {
        delete spec.source.git.tag
      },
      ['spec.source.git: found none of them, accepted exactly one of tag, commit'],
    ],
    [
      'two versions',
      ({ spec }) => {
        spec.source.git.commit = 'a'.repeat(40)
      },
      ['spec.source.git: found tag and commit, accepted exactly one of tag, commit'],
    ],
    [
      'an abbreviated commit',
      ({ spec }) => {
        spec.source.git = { url: spec.source.git.url, commit: 'abc123' }
      },
      ['spec.source.git.commit: found string "abc123", accepted a full commit id of 40 (or 64) lower-case hexadecimal digits'],
    ],
    [
      'credentials in the URL',
      ({ spec }) => {
        spec.source.git.url = 'https://me:secret@example.com/web.git'
      },
      [
        'spec.source.git.url: found string "https://…@example.com/web.git", accepted an https://, http:// or ssh:// URL without user name and password, or user@host:path',
      ],
    ],
    [
      'an interval of nothing',
      ({ spec }) => {
        spec.interval = '0s'
      },
      ['spec.interval: found string "0s", accepted a duration such as 90s, 10m or 1h30m, 1s or longer'],
    ],
    [
      'no decision about pruning',
      ({ spec }) => {
        delete spec.prune
      },
      ['spec.prune: found nothing, accepted true or false'],
    ],
    [
      'an unknown field',
      ({ spec }) => {
        spec.dependsOn = [{ name: 'db', readyExpression: 'true' }]
      },
      ['spec.dependsOn[0].readyExpression: found an unknown field, accepted one of kind, name, namespace, readyExpr'],
    ],
    [
      'a dependency on itself',
      ({ spec }) => {
        spec.dependsOn = [{ name: 'db' }, { name: 'web' }]
      },
      ['spec.dependsOn[1]: found this Sync itself, accepted another Sync'],
    ],
    [
      'a wrong kind',
      (input) => {
        input.kind = 'Kustomization'
      },
      ['kind: found string "Kustomization", accepted Sync'],
    ],
    [
      'a name that is too long for a field manager',
      ({ metadata }) => {
        metadata.name = 'a'.repeat(54)
      },
      ['metadata.name: found 54 characters, accepted at most 53'],
    ],
    [
      'a label that is no string',
      ({ metadata }) => {
        metadata.labels = { tier: 1 }
      },
      ['metadata.labels.tier: found number 1, accepted a string (quote it)'],
    ],
    [
      'everything at once',
      (input) => {
        input.metadata.name = 'Web'
        input.spec.interval = '1 hour'
        input.spec.prune = 'yes'
      },
      [
        'metadata.name: found string "Web", accepted at most 63 lower-case letters, digits and -, beginning and ending with a letter or digit',
        'spec.prune: found string "yes", accepted true or false',
        'spec.interval: found string "1 hour", accepted a duration such as 90s, 10m or 1h30m, 1s or longer',
      ],
    ],
  ])('%s', (_, change, expected) => {
    expect(problemsOf(change)).toEqual(expected)
  })

  test('what is no object at all', () => {
    expect(() => new Sync(null as never)).toThrow('found null, accepted an object with metadata and spec')
    expect(() => new Sync({} as never)).toThrow('metadata: found nothing, accepted an object with name')
  })

  test('the error names the Sync', () => {
    expect(() => new Sync({ ...valid, spec: { ...valid.spec, path: '' } })).toThrow(/^Sync apps\/web: spec\.path: /)
  })

  test('__proto__ is an unknown field and pollutes nothing', () => {
    const spec = JSON.parse(
      '{"__proto__": {"polluted": true}, "prune": true, "source": {"git": {"url": "https://example.com/a", "tag": "v1"}}}',
    )
    expect(() => new Sync({ ...valid, spec })).toThrow('spec.__proto__: found an unknown field')
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })
})
