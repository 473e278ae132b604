import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { FleetkitError, type RolloutSpec } from 'fleetkit'
import {
  AllAtOnce,
  Canary,
  type CanonicalStrategy,
  OneAtATime,
  parseStrategy,
  Rolling,
  type RolloutStrategy,
  type Stage,
  Staged,
} from 'fleetkit/rollout'
import { describe, expect, test } from 'vitest'
import { arbitraryCanonical } from './arbitrary-strategy.ts'

interface Vectors {
  readonly compiled: readonly { readonly name: string; readonly strategy: RolloutSpec; readonly canonical: CanonicalStrategy }[]
  readonly invalid: readonly { readonly name: string; readonly strategy: unknown; readonly problems: readonly string[] }[]
}

const vectors = JSON.parse(readFileSync(new URL('../../vectors/strategies.json', import.meta.url), 'utf8')) as Vectors

function problemsOf(make: () => unknown): readonly string[] {
  try {
    make()
  } catch (error) {
    expect(error).toBeInstanceOf(FleetkitError)
    expect((error as FleetkitError).code).toBe('model/invalid')
    return (error as FleetkitError).problems.map(({ path, found, accepted }) => `${path}: found ${found}, accepted ${accepted}`)
  }
  return []
}

describe('vectors', () => {
  test.each(vectors.compiled)('$name', ({ strategy, canonical }) => {
    const parsed = parseStrategy(strategy)
    expect(parsed.compile()).toStrictEqual(canonical)
    expect(JSON.parse(JSON.stringify(parsed))).toStrictEqual(strategy)
  })

  test.each(vectors.invalid)('refused: $name', ({ strategy, problems }) => {
    const found = problemsOf(() => parseStrategy(strategy)).map((problem) => problem.split(':')[0])
    expect(found.sort()).toEqual([...problems].sort())
  })
})

describe('the classes', () => {
  test('say what the data say', () => {
    const eu = { matchLabels: { region: 'eu' } }
    const pairs: readonly (readonly [RolloutStrategy, RolloutSpec])[] = [
      [new AllAtOnce(), { allAtOnce: {} }],
      [new OneAtATime({ minReady: '1m' }), { oneAtATime: { minReady: '1m' } }],
      [new Rolling({ maxUnavailable: 1, within: 'region' }), { rolling: { maxUnavailable: 1, within: 'region' } }],
      [new Staged([{ name: 'eu', selector: eu }]), { staged: { stages: [{ name: 'eu', selector: eu }] } }],
      [new Staged([{ name: 'eu' }], { rest: 'reject' }), { staged: { stages: [{ name: 'eu' }], rest: 'reject' } }],
      [new Canary({ limit: 2, soak: '1h' }), { canary: { limit: 2, soak: '1h' } }],
      [
        new Canary({ selector: eu, next: new Rolling({ maxUnavailable: '10%' }) }),
        { canary: { selector: eu, next: { rolling: { maxUnavailable: '10%' } } } },
      ],
    ]
    for (const [strategy, data] of pairs) {
      expect(JSON.parse(JSON.stringify(strategy))).toEqual(data)
      expect(strategy.compile()).toEqual(parseStrategy(data).compile())
      expect(parseStrategy(data)).toBeInstanceOf(strategy.constructor)
    }
  })

  test.each<[string, Partial<Stage>, ConstructorParameters<typeof Canary>[0]]>([
    ['one cluster where nothing else is said', { limit: 1 }, {}],
    ['one cluster, whatever else is said', { limit: 1, soak: 60_000, maxConcurrency: 5 }, { soak: '1m', maxConcurrency: 5 }],
    ['so many', { limit: 3 }, { limit: 3 }],
    [
      'the clusters of a selector, all of them',
      { selector: { matchLabels: { tier: 'test' } } },
      { selector: { matchLabels: { tier: 'test' } } },
    ],
    ['the clusters that it names, all of them', { targets: ['a', 'b'] }, { clusters: ['a', 'b'] }],
    ['waves', { waves: [1, '10%'] }, { waves: [1, '10%'] }],
  ])('a canary takes %s', (_, stage, spec) => {
    expect(new Canary(spec).compile()).toStrictEqual({ stages: [{ ...stage, name: 'canary' }, { name: 'fleet' }] })
  })

  test('name the field, what was found and what is accepted, all at once', () => {
    expect(problemsOf(() => new Rolling({ maxUnavailable: '150%', soak: 'a while', within: '' }))).toEqual([
      'rollout.rolling.maxUnavailable: found string "150%", accepted a whole number from 0, a percentage from 0% to 100%, or all',
      'rollout.rolling.soak: found string "a while", accepted a duration such as 90s, 10m or 1h30m',
      'rollout.rolling.within: found string "", accepted a string of 1 to 317 characters',
    ])
    expect(problemsOf(() => new Canary({ next: new Canary() as never }))[0]).toContain('rollout.canary.next.canary: found an unknown field')
    expect(problemsOf(() => new Canary(null as never))).toEqual(['rollout.canary: found null, accepted an object'])
    expect(problemsOf(() => new Canary({ next: null as never }))).toEqual(['rollout.canary.next: found null, accepted an object'])
    expect(problemsOf(() => new Canary({ next: { compile: 5 } as never }))[0]).toContain(
      'rollout.canary.next.compile: found an unknown field',
    )
    expect(problemsOf(() => new Staged('all' as never))).toEqual(['rollout.staged.stages: found string "all", accepted a list'])
  })

  test('are deeply frozen values that share nothing with what they were made from', () => {
    const stages = [{ name: 'a', clusters: ['x'] }]
    const strategy = new Staged(stages)
    stages[0]?.clusters.push('y')
    expect(strategy.compile().stages[0]?.targets).toEqual(['x'])
    expect(() => {
      ;(strategy.compile().stages as unknown[]).push({})
    }).toThrow(TypeError)
    expect(() => {
      ;(strategy.toJSON() as any).staged.stages[0].name = 'b'
    }).toThrow(TypeError)
    expect(() => {
      ;(strategy as any).spec = {}
    }).toThrow(TypeError)
  })

  test('compile to the same object each time', () => {
    const strategy = new Rolling({ maxUnavailable: 1 })
    expect(strategy.compile()).toBe(strategy.compile())
  })

  test('differ when they say something else', () => {
    expect(new Rolling({ maxUnavailable: 1 })).toEqual(new Rolling({ maxUnavailable: 1 }))
    expect(new Rolling({ maxUnavailable: 1 })).not.toEqual(new Rolling({ maxUnavailable: 2 }))
  })
})

describe("a user's own strategy", () => {
  const own: RolloutStrategy = {
    compile: () => ({ stages: [{ name: 'half', limit: '50%', soak: 90_000 }, { name: 'others' }], onHalt: 'revertAll' }),
  }

  test('is stored as its stages', () => {
    const stored = Staged.of(own)
    expect(JSON.parse(JSON.stringify(stored))).toEqual({
      staged: { stages: [{ name: 'half', limit: '50%', soak: '1m30s' }, { name: 'others' }], onHalt: 'revertAll' },
    })
    expect(stored.compile()).toEqual(own.compile())
  })

  test('follows a canary', () => {
    const canary = new Canary({ limit: 1, next: own })
    expect(canary.compile().stages.map(({ name }) => name)).toEqual(['canary', 'half', 'others'])
    expect(canary.compile().onHalt).toBe('revertAll')
    expect(parseStrategy(JSON.parse(JSON.stringify(canary))).compile()).toEqual(canary.compile())
  })

  test('is refused when it cannot be stored', () => {
    expect(problemsOf(() => Staged.of({ compile: () => ({ stages: [{ name: 'a', maxUnavailable: Number.NaN }] }) }))).toEqual([
      'rollout.staged.stages[0].maxUnavailable: found number NaN, accepted a whole number from 0, a percentage from 0% to 100%, or all',
    ])
  })

  test('of any form survives being stored', () => {
    fc.assert(
      fc.property(arbitraryCanonical, (canonical) => {
        const stored = parseStrategy(JSON.parse(JSON.stringify(Staged.of({ compile: () => canonical }))))
        expect(stored.compile()).toEqual(canonical)
      }),
    )
  })
})

test('what is no strategy is refused, whatever it is', () => {
  fc.assert(
    fc.property(fc.anything(), fc.constantFrom('allAtOnce', 'oneAtATime', 'rolling', 'staged', 'canary'), (anything, kind) => {
      for (const data of [anything, { [kind]: anything }]) {
        try {
          parseStrategy(data)
        } catch (error) {
          expect(error).toBeInstanceOf(FleetkitError)
        }
      }
    }),
  )
})
