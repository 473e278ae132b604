import fc from 'fast-check'
import {
  FleetkitError,
  formatDuration,
  formatRef,
  formatRevision,
  formatSelector,
  groupOf,
  hasCode,
  type LabelSelector,
  matchesSelector,
  parseDuration,
  parseRevision,
  readinessOf,
  refKey,
  refOf,
  removeConditions,
  setCondition,
  versionOf,
} from 'fleetkit'
import { validateSelector } from 'fleetkit/kinds'
import { describe, expect, test } from 'vitest'
import { abortError, jsonEqual } from '../internals.ts'

describe('durations', () => {
  test.each([
    ['90s', 90_000],
    ['1h30m', 5_400_000],
    ['500ms', 500],
    ['1.5h', 5_400_000],
    ['0s', 0],
  ])('%s is %d ms', (text, ms) => expect(parseDuration(text)).toBe(ms))

  test.each(['', '5', 's', '-5s', '1d', '5 s', '1h 30m', '1e3s', 'NaNs', `${'1'.repeat(100)}s`])('%j is none', (text) =>
    expect(parseDuration(text)).toBeUndefined(),
  )

  test('what is formatted parses to the same', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 10 ** 12 }), (ms) => parseDuration(formatDuration(ms)) === ms))
  })
})

describe('revisions', () => {
  const commit = '0123456789abcdef0123456789abcdef01234567'
  test('have the form of Flux', () => {
    expect(formatRevision({ tag: '6.9.2', commit })).toBe(`6.9.2@sha1:${commit}`)
    expect(formatRevision({ commit })).toBe(`sha1:${commit}`)
  })
  test('parse to what they were made of, tags with @ included', () => {
    const hex = fc.array(fc.constantFrom(...'0123456789abcdef'), { minLength: 40, maxLength: 40 }).map((digits) => digits.join(''))
    const tag = fc.option(fc.stringMatching(/^[a-z0-9@/.-]+$/), { nil: undefined })
    fc.assert(
      fc.property(
        fc.oneof(
          hex,
          fc.tuple(hex, hex).map(([a, b]) => (a + b).slice(0, 64)),
        ),
        tag,
        (id, name) => {
          const revision = name === undefined ? { commit: id } : { tag: name, commit: id }
          expect(parseRevision(formatRevision(revision))).toEqual(revision)
        },
      ),
    )
  })
  test.each(['main', 'v1@sha1:abc', `sha256:${commit}`, `v1@${commit}`])('%s is none', (text) =>
    expect(parseRevision(text)).toBeUndefined(),
  )
})

describe('references', () => {
  test('versions of one group are the same object', () => {
    const ref = (apiVersion: string) => refKey({ apiVersion, kind: 'Deployment', namespace: 'a', name: 'b' })
    expect(ref('apps/v1')).toBe(ref('apps/v1beta1'))
    expect(ref('apps/v1')).not.toBe(ref('extensions/v1'))
    expect([groupOf('v1'), groupOf('apps/v1'), versionOf('v1'), versionOf('apps/v1')]).toEqual(['', 'apps', 'v1', 'v1'])
  })
  test('a cluster-scoped object has no namespace', () => {
    const ref = refOf({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'apps', namespace: '' } })
    expect(ref).toEqual({ apiVersion: 'v1', kind: 'Namespace', name: 'apps' })
    expect(formatRef(ref)).toBe('Namespace apps')
  })
})

describe('label selectors', () => {
  const labels = { app: 'web', tier: '' }
  test.each<[string, LabelSelector | undefined, boolean]>([
    ['none selects nothing', undefined, false],
    ['the empty one selects everything', {}, true],
    ['matchLabels', { matchLabels: { app: 'web' } }, true],
    ['matchLabels of another value', { matchLabels: { app: 'db' } }, false],
    ['a label with an empty value', { matchLabels: { tier: '' } }, true],
    ['an inherited name is no label', { matchLabels: { toString: 'x' } }, false],
    ['In', { matchExpressions: [{ key: 'app', operator: 'In', values: ['db', 'web'] }] }, true],
    ['In of an absent label', { matchExpressions: [{ key: 'zone', operator: 'In', values: ['a'] }] }, false],
    ['NotIn', { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['web'] }] }, false],
    ['NotIn of an absent label', { matchExpressions: [{ key: 'zone', operator: 'NotIn', values: ['a'] }] }, true],
    ['Exists', { matchExpressions: [{ key: 'tier', operator: 'Exists' }] }, true],
    ['Exists of an inherited name', { matchExpressions: [{ key: 'constructor', operator: 'Exists' }] }, false],
    ['DoesNotExist', { matchExpressions: [{ key: 'zone', operator: 'DoesNotExist' }] }, true],
    ['all parts must hold', { matchLabels: { app: 'web' }, matchExpressions: [{ key: 'zone', operator: 'Exists' }] }, false],
  ])('%s', (_, selector, expected) => expect(matchesSelector(selector, labels)).toBe(expected))

  test('are written as the API takes them', () => {
    expect(
      formatSelector({
        matchLabels: { tier: 'prod', app: 'web' },
        matchExpressions: [
          { key: 'zone', operator: 'NotIn', values: ['b', 'a'] },
          { key: 'old', operator: 'DoesNotExist' },
        ],
      }),
    ).toBe('!old,app=web,tier=prod,zone notin (a,b)')
  })

  test.each<[string, unknown, readonly string[]]>([
    ['a bad key', { matchLabels: { 'a/b/c': 'x' } }, ['selector.matchLabels[a/b/c]']],
    ['a bad value', { matchLabels: { app: '-x' } }, ['selector.matchLabels.app']],
    ['In without values', { matchExpressions: [{ key: 'a', operator: 'In' }] }, ['selector.matchExpressions[0].values']],
    [
      'Exists with values',
      { matchExpressions: [{ key: 'a', operator: 'Exists', values: ['b'] }] },
      ['selector.matchExpressions[0].values'],
    ],
    ['an unknown operator', { matchExpressions: [{ key: 'a', operator: 'Gt', values: ['1'] }] }, ['selector.matchExpressions[0].operator']],
    ['another type', { matchLabels: ['a'] }, ['selector.matchLabels']],
    ['an unknown field', { matchLabel: {} }, ['selector.matchLabel']],
    ['a good one', { matchLabels: { 'example.com/app': '' }, matchExpressions: [{ key: 'a', operator: 'In', values: ['x'] }] }, []],
  ])('validation: %s', (_, selector, paths) => {
    expect(validateSelector(selector, 'selector').map(({ path }) => path)).toEqual(paths)
  })
})

describe('conditions', () => {
  const ready = { type: 'Ready', status: 'True', reason: 'Done', message: 'ok' } as const
  test('the transition time changes only with the status', () => {
    const first = setCondition([], ready, 1_000)
    const same = setCondition(first, { ...ready, reason: 'Again' }, 60_000)
    const other = setCondition(same, { ...ready, status: 'False' }, 120_000)
    expect([first, same, other].map(([condition]) => condition?.lastTransitionTime)).toEqual([
      '1970-01-01T00:00:01Z',
      '1970-01-01T00:00:01Z',
      '1970-01-01T00:02:00Z',
    ])
    expect(same[0]?.reason).toBe('Again')
  })
  test('one of each type, sorted', () => {
    const conditions = ['Ready', 'Healthy', 'Ready'].reduce((all, type) => setCondition(all, { ...ready, type }, 0), removeConditions([]))
    expect(conditions.map(({ type }) => type)).toEqual(['Healthy', 'Ready'])
    expect(removeConditions(conditions, 'Ready').map(({ type }) => type)).toEqual(['Healthy'])
  })
})

describe('errors', () => {
  test('are instances across copies of the library', () => {
    class OtherCopy extends Error {}
    const foreign = Object.defineProperty(new OtherCopy('x'), Symbol.for('fleetkit.dev/FleetkitError'), { value: true })
    expect(foreign instanceof FleetkitError).toBe(true)
    expect(new Error('x') instanceof FleetkitError).toBe(false)
    const nothing: unknown = null
    expect(nothing instanceof FleetkitError).toBe(false)
  })
  test('name their object, and take their retryability from the code unless they say it', () => {
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'a', name: 'b' }
    const error = new FleetkitError('cluster/unreachable', 'refused', { ref })
    expect([error.message, error.retryable]).toEqual(['ConfigMap a/b: refused', true])
    expect(new FleetkitError('cluster/unreachable', 'refused', { retryable: false }).retryable).toBe(false)
    expect(hasCode(error, 'store/conflict', 'cluster/unreachable')).toBe(true)
    expect(hasCode(new Error('x'), 'cluster/unreachable')).toBe(false)
  })
  test('an abort keeps its reason, and a time limit is one', () => {
    const own = new FleetkitError('store/lease-lost', 'lost')
    expect(abortError(AbortSignal.abort(own))).toBe(own)
    expect(abortError(AbortSignal.abort(new DOMException('slow', 'TimeoutError'))).code).toBe('timeout')
    expect(abortError(AbortSignal.abort('enough'))).toMatchObject({ code: 'aborted', cause: 'enough' })
  })
})

describe('readiness', () => {
  const object = (generation: number, observed: number | undefined, status: string, deletionTimestamp?: string) => ({
    apiVersion: 'fleetkit.dev/v1alpha1',
    kind: 'Sync',
    metadata: { name: 'a', generation, ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }) },
    status: { observedGeneration: observed, conditions: [{ type: 'Ready', status, message: 'why' }] },
  })
  test.each([
    ['ready', object(2, 2, 'True'), true],
    ['the success of an older generation', object(3, 2, 'True'), false],
    ['failed', object(2, 2, 'False'), false],
    ['being deleted', object(2, 2, 'True', '2026-01-01T00:00:00Z'), false],
    ['never seen', object(1, undefined, 'Unknown'), false],
    ['absent', undefined, false],
  ])('%s', (_, value, expected) => expect(readinessOf(value).ready).toBe(expected))
})

describe('equality of JSON', () => {
  test('agrees with a canonical serialisation', () => {
    const canonical = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.map(canonical)
        : typeof value === 'object' && value !== null
          ? Object.entries(value)
              .sort(([a], [b]) => (a < b ? -1 : 1))
              .map(([key, field]) => [key, canonical(field)])
          : value
    const text = (value: unknown): string => JSON.stringify([Array.isArray(value), canonical(value)])
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), fc.jsonValue({ maxDepth: 3 }), (a, b) => {
        expect(jsonEqual(a, JSON.parse(JSON.stringify(a)))).toBe(true)
        if (jsonEqual(a, b)) expect(text(a).length).toBe(text(b).length)
      }),
    )
  })
  test('the order of fields and absent fields do not matter, the order of items does', () => {
    expect(jsonEqual({ a: 1, b: undefined, c: [1, 2] }, { c: [1, 2], a: 1 })).toBe(true)
    expect(jsonEqual([1, 2], [2, 1])).toBe(false)
    expect(jsonEqual({}, [])).toBe(false)
    expect(jsonEqual({ a: null }, {})).toBe(false)
    expect(jsonEqual({ __proto__: null, toString: 1 }, {})).toBe(false)
  })
})
