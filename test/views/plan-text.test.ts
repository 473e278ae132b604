import fc from 'fast-check'
import { type Action, type ApplyPlan, type FormatPlanOptions, formatPlan, type ObjectRef } from 'fleetkit'
import { describe, expect, test } from 'vitest'
import { changedLines } from '../internals.ts'
import { runs, seed } from '../random-tests.ts'

const sync: ObjectRef = { apiVersion: 'fleetkit.dev/v1alpha1', kind: 'Sync', namespace: 'apps', name: 'web' }
const ref: ObjectRef = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'apps', name: 'settings' }

function action(more: Partial<Action> = {}): Action {
  const reason = { code: 'changed', message: 'differs from the source' } as const
  return { type: 'update', ref, reason, changes: [], conflicts: [], force: false, ...more } as Action
}

function planOf(actions: readonly Action[], more: Partial<ApplyPlan> = {}): ApplyPlan {
  return {
    sync,
    revision: 'v2@sha1:4ab3c3d3f1c1b3b2a1f0e9d8c7b6a59483726150',
    fieldManager: 'fleetkit:apps/web',
    stages: [actions],
    prunes: [],
    refusals: [],
    recovered: [],
    inventoryBefore: [],
    inventoryAfter: [],
    ...more,
  }
}

const linesOf = (actions: readonly Action[], options?: FormatPlanOptions): readonly string[] =>
  formatPlan(planOf(actions), options).split('\n')
const changeLine = (from: unknown, to: unknown, options?: FormatPlanOptions, path = '.data.x'): readonly string[] =>
  linesOf([action({ changes: [{ path, from, to } as Action['changes'][number]] })], options).slice(3, -2)
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters.
const plain = (text: string): string => text.replace(/\u001b\[\d+m/g, '')

describe('a change of a value', () => {
  test('is shown whole when there is room', () => {
    expect(changeLine('1', '2')).toEqual(['      ~ .data.x: "1" → "2"'])
    expect(changeLine(undefined, { a: 1 })).toEqual(['      + .data.x: {"a":1}'])
    expect(changeLine([1, 2], undefined)).toEqual(['      - .data.x: [1,2]'])
    expect(changeLine(null, false)).toEqual(['      ~ .data.x: null → false'])
  })

  test('is cut around what differs, and keeps its quotes', () => {
    const image = (tag: string): string => `registry.example.com/a-team-with-a-long-name/shop/web:${tag}`
    expect(changeLine(image('1.0.0'), image('2.0.0'), { width: 80 })).toEqual([
      '      ~ .data.x: "…-a-long-name/shop/web:1.0.0" → "…-a-long-name/shop/web:2.0.0"',
    ])
    expect(changeLine('a'.repeat(200), 'b', { width: 70 })).toEqual([`      ~ .data.x: "${'a'.repeat(44)}…" → "b"`])
    const [line = ''] = changeLine({ key: 'a'.repeat(200) }, 'b', { width: 70 })
    expect(line).toMatch(/^ {6}~ \.data\.x: \{"key":"a+… → "b"$/)
  })

  test('has all its lines on request', () => {
    const from = 'one\ntwo\nthree\nfour\n'
    expect(changeLine(from, 'one\n2\nthree\nfour\nfive\n', { lines: true })).toEqual([
      '      ~ .data.x:',
      '          - two',
      '          + 2',
      '          + five',
    ])
    expect(changeLine(undefined, 'one\ntwo', { lines: true })).toEqual(['      + .data.x:', '          + one', '          + two'])
    expect(changeLine([{ a: 1, b: 1 }], [{ a: 1, b: 2 }], { lines: true })).toEqual([
      '      ~ .data.x:',
      '          -     "b": 1',
      '          +     "b": 2',
    ])
    expect(changeLine('a'.repeat(80), 'b', { lines: true, width: 70 }).join('').replaceAll(' ', '')).toBe(
      `~.data.x:"${'a'.repeat(80)}"→"b"`,
    )
  })
})

test('lines that change are a shortest difference that leads from one text to the other', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 })
  fc.assert(
    fc.property(text, text, (before, after) => {
      const [from, to] = [before.join('\n'), after.join('\n')]
      const changes = changedLines(from, to)
      const rest = [...from.split('\n')]
      const come = changes.filter(({ sign }) => sign === '+').map(({ text }) => text)
      for (const { sign, text } of changes) if (sign === '-') rest.splice(rest.indexOf(text), 1)
      expect([...rest, ...come].toSorted()).toEqual(to.split('\n').toSorted())
      expect(changes.length).toBe(from.split('\n').length + to.split('\n').length - 2 * commonLength(from.split('\n'), to.split('\n')))
    }),
    { seed, numRuns: runs(300) },
  )
  const big = Array.from({ length: 3000 }, (_, index) => `line ${index}`)
  expect(changedLines(big.join('\n'), big.toReversed().join('\n')).length).toBeGreaterThan(3000)
})

/** How many lines two texts have in common in order, by definition. */
function commonLength(a: readonly string[], b: readonly string[]): number {
  const known = new Map<string, number>()
  const from = (row: number, column: number): number => {
    if (row === a.length || column === b.length) return 0
    const key = `${row} ${column}`
    const found =
      known.get(key) ?? (a[row] === b[column] ? 1 + from(row + 1, column + 1) : Math.max(from(row + 1, column), from(row, column + 1)))
    known.set(key, found)
    return found
  }
  return from(0, 0)
}

describe('the text of a plan', () => {
  test('keeps its width, in headings too, and loses no word of them', () => {
    const message = 'ConfigMap is invalid: '.concat('some words of the server '.repeat(8)).trim()
    const long = action({
      ref: { ...ref, name: 'n'.repeat(80) },
      type: 'refuse',
      reason: { code: 'invalid', message },
      origin: 'deploy/settings.yaml:12',
    })
    const changes = [{ path: `.spec.${'deep.'.repeat(20)}field`, from: 'x'.repeat(50), to: 'y'.repeat(50) }]
    for (const options of [{}, { lines: true }, { color: true }, { color: true, lines: true }]) {
      for (const width of [40, 60, 100]) {
        const text = plain(
          formatPlan(planOf([long, action({ changes })], { refusals: [{ code: 'source/empty', message }] }), { ...options, width }),
        )
        expect(Math.max(...text.split('\n').map((line) => line.length)), text).toBeLessThanOrEqual(width)
        expect(text.replace(/\s+/g, ' ')).toContain(message)
        expect(text).toContain('deploy/settings.yaml:12')
      }
    }
  })

  test('has a colour for each kind of change', () => {
    const types = ['create', 'update', 'adopt', 'replace', 'prune', 'skip', 'refuse'] as const
    const changes = [
      { path: '.a', from: undefined, to: 1 },
      { path: '.b', from: 1, to: undefined },
      { path: '.c', from: 1, to: 2 },
    ]
    const text = formatPlan(planOf(types.map((type) => action({ type, changes: type === 'update' ? changes : [] }))), { color: true })
    for (const [code, mark] of [
      [32, '+'],
      [33, '~'],
      [36, '>'],
      [35, '±'],
      [31, '-'],
      [90, ' '],
      [31, '!'],
    ] as const)
      expect(text).toContain(`\u001b[${code}m  ${mark} ConfigMap apps/settings\u001b[0m: `)
    expect(text).toContain('      \u001b[32m+ \u001b[0m.a: \u001b[32m1\u001b[0m')
    expect(text).toContain('      \u001b[31m- \u001b[0m.b: \u001b[31m1\u001b[0m')
    expect(text).toContain('      \u001b[33m~ \u001b[0m.c: \u001b[31m1\u001b[0m → \u001b[32m2\u001b[0m')
    expect(plain(text)).toBe(formatPlan(planOf(types.map((type) => action({ type, changes: type === 'update' ? changes : [] })))))
  })

  test('says how much of it the cluster has not confirmed', () => {
    const text = formatPlan(
      planOf([action({ certainty: 'predicted' }), action({ certainty: 'confirmed' }), action({ type: 'skip', certainty: 'predicted' })]),
    )
    expect(text.split('\n').at(-2)).toBe('Predicted, not confirmed by the cluster: 1 of 2 writes.')
    expect(formatPlan(planOf([action({ certainty: 'confirmed' })]))).not.toContain('Predicted')
  })

  test('names an object once, though the cluster names it too', () => {
    const reason = { code: 'invalid', message: 'ConfigMap apps/settings: there is no namespace apps' } as const
    expect(linesOf([action({ type: 'refuse', reason })])[2]).toBe('  ! ConfigMap apps/settings: refuse, there is no namespace apps')
  })

  test('tells two kinds of one name in two groups apart', () => {
    const service = { ...ref, kind: 'Service' }
    const text = formatPlan(
      planOf([action({ ref: service }), action({ ref: { ...service, apiVersion: 'serving.example.com/v1' } }), action()]),
    )
    expect(text).toContain('~ Service apps/settings: ')
    expect(text).toContain('~ Service.serving.example.com apps/settings: ')
    expect(text).toContain('~ ConfigMap apps/settings: ')
    // Versions of one group are one kind.
    const same = formatPlan(
      planOf([
        action({ ref: { ...service, apiVersion: 'a.example.com/v1' } }),
        action({ ref: { ...service, apiVersion: 'a.example.com/v2' } }),
      ]),
    )
    expect(same).not.toContain('Service.a')
  })

  test('cannot be forged by what comes from outside', () => {
    const evil = 'x\u001b[2J\u001b[31m\r\nNo changes: the cluster matches the source (3 objects).\u2028\u202eevil\u0085\ud800'
    const forged = planOf(
      [
        action({
          ref: { ...ref, name: evil, namespace: evil },
          origin: `${evil}.yaml:1`,
          reason: { code: 'invalid', message: evil },
          changes: [
            { path: `.data.${evil}`, from: evil, to: undefined },
            { path: `.data.${evil}.more`, from: evil, to: { [evil]: evil } },
          ],
        }),
      ],
      { revision: evil, sync: { ...sync, name: evil }, refusals: [{ code: 'source/empty', message: evil }] },
    )
    for (const lines of [true, false]) {
      const text = formatPlan(forged, { lines, width: 10_000 })
      expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
      expect(text.split('\n').filter((line) => /^\s*([-+] )?No changes/.test(line) && !lines)).toEqual([])
      expect(text.split('\n').filter((line) => line.startsWith('No changes'))).toEqual([])
    }
  })
})

describe('other managers of a field', () => {
  const author = { manager: 'kubectl-edit', operation: 'Update', time: '2026-01-02T03:04:05Z' } as const
  const change = { path: '.data.x', from: '1', to: '2', author }
  const left = { path: '.spec.replicas', action: 'strip', rule: 'spec.ignore[0]', author: { manager: 'keda', operation: 'Apply' } } as const

  test('are named below the changes, with what is left to them', () => {
    expect(linesOf([action({ changes: [change], decisions: [left] })]).slice(3, -2)).toEqual([
      '      ~ .data.x: "1" → "2"',
      '      by kubectl-edit at 2026-01-02T03:04:05Z: .data.x',
      '      = .spec.replicas: left to its other manager (spec.ignore[0]), written by keda',
    ])
  })

  test('are counted where an object is unchanged, and named when that is asked for', () => {
    const unchanged = action({
      type: 'skip',
      reason: { code: 'unchanged', message: 'unchanged' },
      decisions: [left, { ...left, action: 'adopt' }],
    })
    expect(linesOf([unchanged])).toContain('Left as they are: 2 fields of 1 unchanged object.')
    const named = linesOf([unchanged], { unchanged: true })
    expect(named).toContain('      = .spec.replicas: left as it is (spec.ignore[0]), written by keda')
    expect(named.join('\n')).not.toContain('Left as they are')
  })

  test('who will write a field again are warned of, and cannot forge a line', () => {
    const hostile = 'x\n  No changes: the cluster matches\u001b[2K'
    const message = `ConfigMap apps/settings: .data.x is taken from ${hostile}`
    const warnings = [{ code: 'contention', ref, fields: ['.data.x'], managers: ['fleetkit:apps/web', hostile], message }] as const
    const text = formatPlan(planOf([action({ changes: [{ ...change, author: { ...author, manager: hostile } }] })], { warnings }), {
      width: 400,
    })
    expect(text).toContain('? contention: ConfigMap apps/settings: .data.x is taken from x')
    expect(text.split('\n').filter((line) => line.trimStart().startsWith('No changes'))).toEqual([])
    expect(text).not.toContain('\u001b')
  })
})
