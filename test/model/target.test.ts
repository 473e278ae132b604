import { run } from '@bufbuild/cel'
import fc from 'fast-check'
import { type FleetkitError, Module, matchesSelector, Sync, type SyncInput } from 'fleetkit'
import { describe, expect, test } from 'vitest'
import { compilePattern, parseSelector } from '../internals.ts'
import { runs, seed } from '../random-tests.ts'

/** Whether RE2, as CEL has it, matches the whole of a text; `undefined` when it takes no such pattern. */
function re2(pattern: string, text: string): boolean | undefined {
  try {
    const result = run('text.matches(pattern)', { pattern: `^(?:${pattern})$`, text })
    return typeof result === 'boolean' ? result : undefined
  } catch {
    return undefined
  }
}

describe('a pattern', () => {
  const piece = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.constantFrom(
        'a',
        'b',
        '-',
        '.',
        '0',
        'web',
        '\\.',
        '\\d',
        '\\w',
        '\\S',
        '[ab]',
        '[^a-c]',
        '[a-c0-9_-]',
        '[]a]',
        '[\\d.]',
      ),
    },
    { weight: 3, arbitrary: fc.constantFrom('*', '+', '?', '{2}', '{0,1}', '{1,}', '*?', '|', '^', '$') },
    { weight: 2, arbitrary: fc.constantFrom('(', ')', '(?:', '[', ']', '{', '}', '\\', '\\b', '(?i)', '[[:alpha:]]', '{,2}', '**', '\\x') },
  )
  const pattern = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''))
  const text = fc.array(fc.constantFrom('a', 'b', 'c', '-', '.', '0', 'web', '_'), { maxLength: 6 }).map((parts) => parts.join(''))

  test('matches what RE2 matches, or is refused', () => {
    let matched = 0
    let taken = 0
    fc.assert(
      fc.property(pattern, fc.array(text, { minLength: 3, maxLength: 6 }), (source, texts) => {
        const matches = compilePattern(source)
        if (matches === undefined) return
        taken++
        for (const each of texts) {
          const expected = re2(source, each)
          expect({ source, each, result: matches(each) }).toEqual({ source, each, result: expected })
          if (expected === true) matched++
        }
      }),
      { seed, numRuns: runs(3000) },
    )
    expect(taken).toBeGreaterThan(1000)
    expect(matched).toBeGreaterThan(300)
  })

  test.each([
    ['web', 'web', true],
    ['web', 'web-1', false],
    ['web-.*', 'web-1', true],
    ['^web$', 'web', true],
    ['Config(Map|Set)', 'ConfigSet', true],
    ['(a|b|)c', 'c', true],
    ['a{2,3}', 'aaaa', false],
    ['(?:prod|stage)-[0-9]+', 'prod-12', true],
    ['', '', true],
    ['..', 'é𝔸', true],
  ])('%s and %s: %s', (source, each, expected) => {
    expect(compilePattern(source)?.(each)).toBe(expected)
    expect(re2(source, each)).toBe(expected)
  })

  test.each([
    '(',
    'a)',
    '[a',
    '*a',
    'a**',
    'a{3,1}',
    '(?i)a',
    '\\b',
    'a\\',
    '[z-a]',
    'a{1001}',
    '((a{100}){100}){100}',
    '((((){999}){999}){999}){999}x{999}',
  ])('%s is refused, quickly', (source) => {
    expect(compilePattern(source)).toBeUndefined()
  })

  test('that others take exponential time for takes linear time', () => {
    const matches = compilePattern('(a+)+b|(a|a)*c|(.*.*.*)*d') as (text: string) => boolean
    expect(matches('a'.repeat(20_000))).toBe(false)
    expect(matches(`${'a'.repeat(20_000)}b`)).toBe(true)
  })
})

describe('a selector as text', () => {
  test.each<[string, readonly Record<string, string>[], readonly Record<string, string>[]]>([
    ['app=web', [{ app: 'web' }], [{ app: 'api' }, {}]],
    ['app==web, tier != api', [{ app: 'web' }, { app: 'web', tier: 'x' }], [{ app: 'web', tier: 'api' }]],
    ['tier in (a, b),!legacy', [{ tier: 'a' }], [{ tier: 'c' }, { tier: 'a', legacy: '' }]],
    ['tier notin (a)', [{}, { tier: 'b' }], [{ tier: 'a' }]],
    ['example.com/x', [{ 'example.com/x': '' }], [{}]],
    ['app=', [{ app: '' }], [{ app: 'web' }]],
    ['app in (,a)', [{ app: '' }, { app: 'a' }], [{ app: 'b' }]],
    ['  ', [{}, { a: 'b' }], []],
  ])('%s', (text, selected, others) => {
    const selector = parseSelector(text)
    expect(selector).toBeDefined()
    for (const labels of selected) expect(matchesSelector(selector, labels)).toBe(true)
    for (const labels of others) expect(matchesSelector(selector, labels)).toBe(false)
  })

  test.each(['=', 'a=b=c', 'a b', 'a in b', 'a in (b', 'a,', ',a', '!', 'a in (b c)', 'a>1', '-a', `a=${'x'.repeat(64)}`, 'a=b)'])(
    '%s is none',
    (text) => {
      expect(parseSelector(text)).toBeUndefined()
    },
  )
})

describe('rules for fields', () => {
  const spec = (rules: Partial<SyncInput['spec']>) => ({
    source: { git: { url: 'https://example.com/a.git', tag: 'v1' } },
    prune: true,
    ...rules,
  })
  const problemsOf = (make: () => unknown): readonly string[] => {
    try {
      make()
    } catch (error) {
      return (error as FleetkitError).problems?.map(({ path, found }) => `${path}: ${found}`) ?? []
    }
    return []
  }
  const wrong: Partial<SyncInput['spec']> = {
    ignore: [
      { paths: ['/metadata/name', '/spec/replicas', '/metadata'] },
      { paths: ['/a'], target: { kind: '(', labelSelector: 'a=b=c', annotationSelector: 'ok' } },
    ],
    conflicts: [{ action: 'Force', managers: ['helm', '[z-a]'], paths: ['/apiVersion'] }],
  }
  const found = [
    'spec.ignore[0].paths[0]: string "/metadata/name"',
    'spec.ignore[0].paths[2]: string "/metadata"',
    'spec.ignore[1].target.kind: string "("',
    'spec.ignore[1].target.labelSelector: string "a=b=c"',
    'spec.conflicts[0].paths[0]: string "/apiVersion"',
    'spec.conflicts[0].managers[1]: string "[z-a]"',
  ]

  test('that cannot hold are refused at once, each with its place, in a Sync and in a Module', () => {
    expect(problemsOf(() => new Sync({ metadata: { name: 'a' }, spec: spec(wrong) }))).toEqual(found)
    expect(problemsOf(() => new Module({ metadata: { name: 'a' }, spec: spec(wrong) as never }))).toEqual(found)
  })

  test.each(['spec/replicas', '', '/a~2', '/a~', 'a', '/a/~'])('%s is no JSON pointer', (path) => {
    expect(problemsOf(() => new Sync({ metadata: { name: 'a' }, spec: spec({ ignore: [{ paths: [path] }] }) }))).toEqual([
      `spec.ignore[0].paths[0]: string "${path}"`,
    ])
  })
})
