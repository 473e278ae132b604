import fc from 'fast-check'
import { type LabelSelector, matchesSelector } from 'fleetkit'
import {
  type CanonicalStrategy,
  planRollout,
  type RolloutPlan,
  type RolloutState,
  type SortKey,
  type Stage,
  type TargetView,
} from 'fleetkit/rollout'
import { describe, expect, test } from 'vitest'
import { compileSelector } from '../internals.ts'
import { runs } from '../random-tests.ts'
import { at, rollout } from './plain-fleet.ts'
import { stagesOf } from './simulation/oracle.ts'

/** A key that a label of a target may have, and one that a strategy may name. */
const anyKey = fc.constantFrom('zone', 'tier', 'toString', '__proto__')
const key = fc.constantFrom('zone', 'tier', 'toString')
const anyValue = fc.constantFrom('1', '2', '10', '', ' ', 'x')
const value = fc.constantFrom('1', '2', '10', '', 'x')
const labels = fc.dictionary(anyKey, anyValue, { noNullPrototype: true })
const selector: fc.Arbitrary<LabelSelector> = fc.record(
  {
    matchLabels: fc.dictionary(key, value, { maxKeys: 2, noNullPrototype: true }),
    matchExpressions: fc.array(
      fc.oneof(
        fc.record({
          key,
          operator: fc.constantFrom('In' as const, 'NotIn' as const),
          values: fc.array(value, { minLength: 1, maxLength: 2 }),
        }),
        fc.record({ key, operator: fc.constantFrom('Exists' as const, 'DoesNotExist' as const) }),
      ),
      { maxLength: 2 },
    ),
  },
  { requiredKeys: [] },
)
const id = fc.constantFrom('a', 'b', 'B', 'c10', 'c9', 'é', '\u{1F600}', '\uFFFD', 'd', 'e')
const sortBy: fc.Arbitrary<readonly SortKey[]> = fc.array(
  fc.record(
    {
      label: key,
      as: fc.constantFrom('text' as const, 'number' as const),
      order: fc.constantFrom('ascending' as const, 'descending' as const),
    },
    { requiredKeys: ['label'] },
  ),
  { maxLength: 2 },
)
const target: fc.Arbitrary<TargetView> = fc
  .record(
    { id, labels, sortKey: fc.constantFrom(0, 1, 2), weight: fc.constantFrom(0, 0.5, 2, 5), selected: fc.boolean() },
    { requiredKeys: ['id'] },
  )
  .map(({ id: name, ...more }) => ({ ...at(name), ...more }))
const targets = fc.uniqueArray(target, { selector: (view) => view.id, maxLength: 8 })
const amount = fc.constantFrom(0, 1, 2, '50%' as const, 'all' as const)
/** A stage has a limit or waves, and what a limit counts for only with one. */
const coherent = ({ limit, limitBy, waves, ...stage }: Omit<Stage, 'name'>): Omit<Stage, 'name'> =>
  limit === undefined ? { ...stage, ...(waves && { waves }) } : { ...stage, limit, ...(limitBy && { limitBy }) }
const strategy: fc.Arbitrary<CanonicalStrategy> = fc
  .array(
    fc.record(
      {
        selector,
        targets: fc.array(id, { minLength: 3 }),
        limit: amount,
        limitBy: key,
        waves: fc.array(amount, { minLength: 1, maxLength: 3 }),
        weighted: fc.boolean(),
        sortBy,
      },
      { requiredKeys: [] },
    ),
    { maxLength: 4 },
  )
  .map((stages) => ({ stages: stages.map((stage, index): Stage => ({ ...coherent(stage), name: `s${index}` })) }))

/** The stages and what is started in them, in order: every stage is open, since the wanted version is there already or no approval is needed. */
function startedBy(of: CanonicalStrategy, views: readonly TargetView[]): readonly (readonly [string, readonly string[]])[] {
  // Another object, so that what is remembered of the strategy is of the targets before.
  const begun = planRollout(rollout('m', [], { strategy: { ...of } }), null).state as RolloutState
  // As it was before stages with a limit remembered whom they took.
  const state = { ...begun, opened: begun.opened.map(({ took: _, ...opened }) => opened) }
  const { actions } = planRollout(rollout('m', views, { strategy: of }), state)
  const stages = [...new Set(actions.flatMap((action) => ('set' in action && action.stage !== null ? [action.stage] : [])))]
  return stages.map((name) => [name, actions.flatMap((action) => (action.stage === name ? [action.target] : []))])
}
const expected = (of: CanonicalStrategy, views: readonly TargetView[]): ReturnType<typeof startedBy> =>
  stagesOf({ strategy: of.stages.length > 0 ? of : { stages: [{ name: 'rest' }] }, targets: views }, null).flatMap(({ stage, members }) =>
    members.length === 0 ? [] : [[stage.name, members.map((view) => view.id)] as const],
  )

describe('the stages', () => {
  test('take and order targets as they say, whatever is said', () => {
    fc.assert(
      fc.property(strategy, targets, (of, views) => {
        expect(startedBy(of, views)).toEqual(expected(of, views))
      }),
      { numRuns: runs(3000) },
    )
  })
  test('do so again when the targets are others, or have become so', () => {
    const change = fc.record(
      { labels, weight: fc.constantFrom(0, 3), sortKey: fc.constantFrom(0, 1, 2), selected: fc.boolean() },
      { requiredKeys: [] },
    )
    const changed = targets.chain((views) =>
      fc.tuple(
        fc.constant(views),
        fc.array(change, { minLength: views.length, maxLength: views.length }),
        fc.array(target, { maxLength: 1 }),
        fc.nat(),
        fc.boolean(),
      ),
    )
    fc.assert(
      fc.property(strategy, changed, (of, [views, changes, more, which, all]) => {
        startedBy(of, views)
        const after = views.map((view, index) => (all || index === which % views.length ? { ...view, ...changes[index] } : view))
        const joined = [...after, ...more.filter((view) => after.every((other) => other.id !== view.id))]
        for (const now of [after, joined, views]) expect(startedBy(of, now)).toEqual(expected(of, now))
      }),
      { numRuns: runs(2000) },
    )
  })
  test('compile selectors to what they mean', () => {
    fc.assert(
      fc.property(selector, labels, (of, own) => {
        expect(compileSelector(of)(own)).toBe(matchesSelector(of, own))
      }),
      { numRuns: runs(3000) },
    )
  })
  test.each<[string, Partial<TargetView>, readonly string[]]>([
    ['another label', { labels: { zone: '0' } }, ['b', 'a', 'c']],
    ['one label more', { labels: { zone: '2', tier: '1' } }, ['a', 'c']],
    ['no label any more', { labels: {} }, ['a', 'c', 'b']],
    ['another index', { sortKey: 0 }, ['b', 'a', 'c']],
    ['no index any more', { selected: false }, ['a', 'c']],
    ['another id', { id: 'd' }, ['a', 'c', 'd']],
  ])('notice that a target has %s', (_, change, order) => {
    const sortBy = 'sortKey' in change || 'id' in change ? [] : [{ label: 'zone' }]
    const of: CanonicalStrategy = {
      stages: [
        { name: 'tiers', selector: { matchLabels: { tier: '1' } } },
        { name: 'zones', sortBy },
      ],
    }
    const views = ['a', 'b', 'c'].map((name, index) => at(name, 'v1', { zone: index === 1 ? '2' : '1' }))
    const inZones = (now: readonly TargetView[]): readonly string[] =>
      startedBy(of, now).flatMap(([stage, members]) => (stage === 'zones' ? members : []))
    const first = inZones(views)
    expect(inZones(views.map((view) => (view.id === 'b' ? { ...view, ...change } : view)))).toEqual(order)
    expect(inZones(views)).toEqual(first)
  })
  test.each<[string, Omit<Stage, 'name'>]>([
    ['a selector names', { selector: { matchLabels: { zone: '1' } } }],
    ['an expression of a selector names', { selector: { matchExpressions: [{ key: 'zone', operator: 'In', values: ['1'] }] } }],
    ['an expression asks for', { selector: { matchExpressions: [{ key: 'zone', operator: 'Exists' }] } }],
    ['groups go by', { within: 'zone', maxUnavailable: 1 }],
    ['a limit goes by', { limit: 1, limitBy: 'zone' }],
    ['the order goes by', { sortBy: [{ label: 'zone' }], maxConcurrency: 1 }],
  ])('notice another value of a label that %s', (_, more) => {
    const of: CanonicalStrategy = { stages: [{ name: 'one', ...more }, { name: 'two' }] }
    const inZones = (...zones: readonly string[]): readonly TargetView[] =>
      zones.map((zone, index) => at('abc'[index] as string, 'v1', zone === '' ? {} : { zone }))
    const all = [inZones('2', '1', '2'), inZones('1', '2', '2'), inZones('1', '1', ''), inZones('2', '', '1'), inZones('2', '1', '2')]
    const seen = all.map((views) => startedBy(of, views))
    expect(seen).toEqual(all.map((views) => startedBy(structuredClone(of), views)))
    expect(new Set(seen.map((each) => JSON.stringify(each))).size).toBeGreaterThan(1)
  })
  test('notice what is changed in place in the list that they were given', () => {
    const of: CanonicalStrategy = { stages: [{ name: 'one', limit: 1 }, { name: 'two' }] }
    const views = [at('b'), at('c')]
    const first = (): unknown => startedBy(of, views)[0]
    expect(first()).toEqual(['one', ['b']])
    views.push(at('a'))
    expect(first()).toEqual(['one', ['a']])
    views[1] = at('0')
    expect(first()).toEqual(['one', ['0']])
  })
  test('of very many targets behind a limit', () => {
    const views = Array.from({ length: 400_000 }, (_, index) => at(String(index).padStart(6, '0')))
    const { actions, held } = planRollout(rollout('m', views, { strategy: { stages: [{ name: 'one', limit: 1 }, { name: 'two' }] } }), null)
    expect([actions.length, held.length]).toEqual([1, 399_999])
  })
  test('of more stages than can be numbered are refused', () => {
    const stages = Array.from({ length: 65_535 }, (_, index) => ({ name: `s${index}` }))
    const of = (count: number): RolloutPlan => planRollout(rollout('m', [at('a')], { strategy: { stages: stages.slice(0, count) } }), null)
    expect(of(65_534).phase).toBe('Running')
    expect(of(65_535).diagnostics).toEqual([
      { severity: 'error', code: 'bad-strategy', path: 'stages', message: 'found 65535 stages, accepted at most 65534' },
    ])
  })
  test('go by id where nothing else is said of either', () => {
    const views = ['d', 'b', 'a', 'c'].map((name) => at(name))
    expect(startedBy({ stages: [{ name: 'one', sortBy: [{ label: 'zone' }, { label: 'tier', as: 'number' }] }] }, views)).toEqual([
      ['one', ['a', 'b', 'c', 'd']],
    ])
  })
  test('are none where there are neither stages nor targets', () => {
    const { phase, gate, gates } = planRollout(rollout('m', [], { strategy: { stages: [] } }), null)
    expect([phase, gate, gates]).toEqual(['Complete', 0, []])
  })
  test('notice two targets of one id beside each other', () => {
    const { held } = planRollout(rollout('m', [at('a'), at('b'), at('b'), at('c')], { strategy: { stages: [{ name: 'one' }] } }), null)
    expect(held.map(({ target, reason }) => [target, reason])).toEqual([['b', 'invalid']])
  })
  test('pass on what two targets of one id would have got', () => {
    const one = { stages: [{ name: 'one', limit: 1 }, { name: 'two' }] }
    const { held } = planRollout(rollout('m', [at('b'), at('a'), at('b'), at('c')], { strategy: one }), null)
    expect(held.map(({ target, stage, message, by }) => [target, stage, message, by])).toEqual([
      ['b', null, 'more than one target has the id b', ['target:b']],
      ['c', 'two', 'its stage has not begun: one waits for a to be done', ['stage:one']],
    ])
  })
})
