import fc from 'fast-check'
import { type Action, type ApplyPlan, type ObjectRef, refKey } from 'fleetkit'
import { expect, test } from 'vitest'
import { type Corrections, contentionsOf, heldFields, recordCorrections } from '../internals.ts'
import { runs, seed } from '../random-tests.ts'

const ref: ObjectRef = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'apps', name: 'settings' }
const sync: ObjectRef = { apiVersion: 'fleetkit.dev/v1alpha1', kind: 'Sync', namespace: 'apps', name: 'web' }
const second = 1000
const minute = 60 * second
const noCorrections: Corrections = new Map()

type Seen = 'drifted' | 'unchanged' | 'changed'

function planOf(reason: Seen, fields: readonly string[] = ['.data.a'], of: ObjectRef = ref): ApplyPlan {
  const action: Action = {
    type: reason === 'unchanged' ? 'skip' : 'update',
    ref: of,
    reason: { code: reason, message: '' },
    certainty: 'confirmed',
    changes: fields.map((path) => ({ path, from: 1, to: 2, author: { manager: 'tuner', operation: 'Update' } })),
    conflicts: [],
    force: false,
    takeOver: [],
  }
  const lists = { prunes: [], refusals: [], recovered: [], inventoryBefore: [], inventoryAfter: [] }
  return { sync, revision: 'v1', fieldManager: 'fleetkit:apps/web', stages: [[action]], ...lists }
}

/** What is seen at each attempt, at times of its own. */
function play(attempts: readonly (readonly [at: number, seen: Seen])[]): {
  readonly state: Corrections
  readonly begun: readonly number[]
} {
  let state = noCorrections
  const begun: number[] = []
  for (const [at, seen] of attempts) {
    const held = heldFields(state, at).has(refKey(ref))
    // A field that is left alone is no drift.
    const result = recordCorrections(state, planOf(seen === 'drifted' && held ? 'unchanged' : seen), at)
    state = result.corrections
    if (result.begun.length > 0) begun.push(at)
  }
  return { state, begun }
}

const every = (ms: number, count: number, seen: Seen = 'drifted', from = 0): readonly (readonly [number, Seen])[] =>
  Array.from({ length: count }, (_, index) => [from + index * ms, seen] as const)

test('five corrections in a minute are none, the sixth is contention', () => {
  expect(play(every(10 * second, 5)).begun).toEqual([])
  const { state, begun } = play(every(10 * second, 6))
  expect(begun).toEqual([50 * second])
  expect(contentionsOf(state)).toEqual([{ ref, field: '.data.a', author: { manager: 'tuner', operation: 'Update' }, until: 110 * second }])
})

test('six corrections that take longer than a minute are contention only when no attempt in between found the field as it should be', () => {
  expect(play(every(10 * minute, 6)).begun).toEqual([50 * minute])
  const withPauses = every(20 * second, 12).map(([at], index) => [at, index % 2 === 0 ? 'drifted' : 'unchanged'] as const)
  expect(play(withPauses).begun).toEqual([])
})

test('the field is left alone for a minute, then two, … and never longer than an hour', () => {
  const { begun } = play(every(second, 12 * 3600))
  expect(begun.slice(0, 7).map((at, index) => at - (begun[index - 1] ?? 0))).toEqual(
    [5, 60, 120, 240, 480, 960, 1920].map((each) => each * second),
  )
  expect(new Set(begun.slice(8).map((at, index) => at - (begun[index + 7] as number)))).toEqual(new Set([3600 * second]))
})

test('a field is not left alone for longer where the clock is set back meanwhile', () => {
  const { state } = play(every(10 * second, 6, 'drifted', 600 * minute))
  expect(heldFields(state, 601 * minute).size).toBe(1)
  expect(heldFields(state, minute).size).toBe(0)
})

test('it is over once the field has stayed as it should be for as long as it was left alone', () => {
  const contended = every(second, 6)
  const after = (at: number) => contentionsOf(play([...contended, ...every(second, 1, 'unchanged', at)]).state).length
  expect([after(5 * second + 2 * minute), after(5 * second + 2 * minute + 1)]).toEqual([1, 0])
  // A minute of peace, and the count begins again.
  expect(play([...every(second, 5), [66 * second, 'unchanged'], ...every(second, 5, 'drifted', 67 * second)]).begun).toEqual([])
})

test('another revision corrects nothing, and forgets nothing', () => {
  expect(play([...every(second, 5), [6 * second, 'changed'], [7 * second, 'drifted']]).begun).toEqual([7 * second])
  expect(play(every(second, 100, 'changed')).state.size).toBe(0)
})

test('objects that left the source are forgotten, and what is watched is bounded', () => {
  const many = Array.from({ length: 200 }, (_, index) => `.data.f${index}`)
  let state = recordCorrections(noCorrections, planOf('drifted', many), 0).corrections
  expect(state.get(refKey(ref))?.fields.size).toBe(50)
  state = recordCorrections(state, planOf('drifted', many, { ...ref, name: 'other' }), 1).corrections
  expect([...state.keys()]).toEqual([refKey({ ...ref, name: 'other' })])
  const objects = Array.from({ length: 100 }, (_, index) => planOf('drifted', many, { ...ref, name: `o${index}` }).stages.flat()).flat()
  const { corrections } = recordCorrections(noCorrections, { ...planOf('drifted'), stages: [objects] }, 0)
  expect([...corrections.values()].reduce((sum, { fields }) => sum + fields.size, 0)).toBeLessThanOrEqual(2000)
})

test('whatever happens, a field is held only after contention, for an hour at most, and no sixth correction in a minute goes unseen', () => {
  const attempt = fc.tuple(fc.integer({ min: 1, max: 90 * second }), fc.constantFrom<Seen>('drifted', 'drifted', 'unchanged', 'changed'))
  fc.assert(
    fc.property(fc.array(attempt, { maxLength: 60 }), (gaps) => {
      let state = noCorrections
      let now = 0
      const corrected: number[] = []
      for (const [gap, seen] of gaps) {
        now += gap
        const held = heldFields(state, now).size > 0
        const shown = seen === 'drifted' && held ? 'unchanged' : seen
        if (shown === 'drifted') corrected.push(now)
        const { corrections, begun } = recordCorrections(state, planOf(shown), now)
        state = corrections
        const inMinute = corrected.filter((at) => now - at <= minute).length
        if (shown === 'drifted' && inMinute > 5) expect(contentionsOf(state)).toHaveLength(1)
        for (const { until } of begun) expect(until - now).toBeLessThanOrEqual(60 * minute)
        if (corrected.length <= 5) expect(contentionsOf(state)).toEqual([])
      }
    }),
    { seed, numRuns: runs(300) },
  )
})
