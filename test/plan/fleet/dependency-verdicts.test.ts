import { dependencyVerdicts, type ModuleNeed, type ObservedModule } from 'fleetkit/fleet'
import type { DependencyVerdict, TargetView } from 'fleetkit/rollout'
import { describe, expect, test } from 'vitest'

/** What was observed of a module on a cluster. */
const view = (version: string | null, more: Partial<TargetView> = {}): TargetView => ({
  id: 'edge',
  reach: { ok: true, since: 0 },
  assigned: version === null ? null : { version, generation: 1, at: 0 },
  observed: version === null ? null : { version, generation: 1, phase: 'ready', since: 0 },
  ...more,
})

/** A module with the needs of what it is to be and, for a change of versions, of what it is: `['db', '^2']`. */
function module(
  id: string,
  [has, wanted]: readonly [has: string | null, wanted: string | null],
  needs: readonly (readonly [string, string?])[] = [],
  before: readonly (readonly [string, string?])[] = needs,
  more: Partial<TargetView> = {},
): ObservedModule {
  const list = (pairs: typeof needs): readonly ModuleNeed[] => pairs.map(([other, range]) => ({ module: other, range }))
  const neededBefore = has === null || has === wanted ? undefined : { [has]: list(before) }
  return { id, version: wanted, needs: list(needs), neededBefore, clusters: [view(has, more)] }
}

const verdicts = (...modules: readonly ObservedModule[]): Readonly<Record<string, DependencyVerdict>> => {
  const found = dependencyVerdicts(modules)
  expect(dependencyVerdicts(modules.toReversed())).toEqual(found)
  return Object.fromEntries(Object.entries(found).flatMap(([id, { edge }]) => (edge === undefined ? [] : [[id, edge]])))
}

describe('a start', () => {
  test('is free where every need is there, ready and in range', () => {
    expect(verdicts(module('web', [null, '1.0.0'], [['db', '^2']]), module('db', ['2.1.0', '2.1.0']))).toEqual({})
  })
  test('waits for what is not there yet, by the whole way', () => {
    const found = verdicts(
      module('web', [null, '1.0.0'], [['api']]),
      module('api', [null, '1.0.0'], [['db']]),
      module('db', [null, '1.0.0']),
    )
    expect(found).toEqual({ web: { start: ['web', 'api', 'db'] }, api: { start: ['api', 'db'] } })
  })
  test.each([
    ['that is updating', { observed: null }],
    ['that failed', { observed: { version: '2.0.0', generation: 1, phase: 'failed', since: 0 } }],
    ['whose readiness is that of the version before', { observed: { version: '1.0.0', generation: 0, phase: 'ready', since: 0 } }],
  ] as const)('waits for a need %s', (_, more) => {
    const db = module('db', ['2.0.0', '2.0.0'], [], [], more)
    expect(verdicts(module('web', [null, '1.0.0'], [['db']]), db)).toEqual({ web: { start: ['web', 'db'] } })
  })
  test.each([
    ['that is unknown', []],
    ['is to be removed', [module('db', ['1.0.0', null])]],
    ['is to be in a version that will not do', [module('db', ['1.0.0', '2.0.0'])]],
    ['has a version that is none', [module('db', ['main', 'main'])]],
  ] as const)('never comes while a need %s', (_, others) => {
    expect(verdicts(module('web', [null, '1.0.0'], [['db', '^1']]), ...others).web).toEqual({ start: ['web', 'db'] })
  })
  test('does not wait for a newer version of a need, as long as the present one will do', () => {
    const found = verdicts(module('web', ['1.0.0', '1.1.0'], [['db', '>=1']]), module('db', ['1.0.0', '2.0.0']))
    expect(found).toEqual({ db: { removal: ['db', 'web'] } })
  })
  test('of what another needs goes first on an upgrade, when neither can live with the other as it is', () => {
    const found = verdicts(module('web', ['1.0.0', '2.0.0'], [['db', '^2']], [['db', '^1']]), module('db', ['1.0.0', '2.0.0']))
    expect(found.web?.start).toEqual(['web', 'db'])
    expect(found.db?.start).toBeUndefined()
  })
  test('goes last on a downgrade', () => {
    const found = verdicts(module('web', ['2.0.0', '1.0.0'], [['db', '^1']], [['db', '^2']]), module('db', ['2.0.0', '1.0.0']))
    expect(found.web?.start).toBeUndefined()
    expect(found.db?.start).toEqual(['db', 'web'])
  })
  test('that would break a dependant waits for it, if that can go first', () => {
    const wide = verdicts(module('web', ['1.0.0', '1.1.0'], [['db', '>=1']], [['db', '^1']]), module('db', ['1.0.0', '2.0.0']))
    expect([wide.web?.start, wide.db?.start]).toEqual([undefined, ['db', 'web']])
    const dropped = verdicts(module('web', ['1.0.0', '1.1.0'], [], [['db', '^1']]), module('db', ['1.0.0', '2.0.0']))
    expect([dropped.web?.start, dropped.db?.start]).toEqual([undefined, ['db', 'web']])
  })
  test('that would break a dependant which stays as it is never comes', () => {
    const found = verdicts(module('web', ['1.0.0', '1.0.0'], [['db', '^1']]), module('db', ['1.0.0', '2.0.0']))
    expect(found.db).toEqual({ start: ['db', 'web'], removal: ['db', 'web'] })
  })
  test('in a cycle never comes, and names the cycle', () => {
    const ring = [
      module('x', [null, '1.0.0'], [['y']]),
      module('y', [null, '1.0.0'], [['x'], ['far']]),
      module('far', [null, '1.0.0'], [['mid']]),
    ]
    const found = verdicts(...ring, module('mid', [null, '1.0.0'], [['y']]), module('free', [null, '1.0.0']))
    expect(found).toEqual({
      far: { start: ['far', 'mid', 'y', 'far'] },
      mid: { start: ['mid', 'y', 'far', 'mid'] },
      // It is in another cycle too; one is enough.
      x: { start: ['x', 'far', 'mid', 'y', 'far'] },
      y: { start: ['y', 'far', 'mid', 'y'] },
    })
  })
  test('may repair a module that is down', () => {
    const down = { observed: { version: '1.0.0', generation: 1, phase: 'failed', since: 0 } } as const
    const db = module('db', ['1.0.0', '2.0.0'], [], [], down)
    const found = verdicts(module('web', ['1.0.0', '1.1.0'], [['db', '>=1']], [['db', '^1']]), db)
    expect([found.web?.start, found.db?.start]).toEqual([undefined, ['db', 'web']])
  })
})

describe('a removal', () => {
  test('waits for whatever is there and was applied with a need of it', () => {
    const found = verdicts(
      module('web', ['1.0.0', null], [], [['db']]),
      module('api', ['1.0.0', '1.0.0'], [['db']]),
      module('db', ['1.0.0', null]),
    )
    expect(found.db).toEqual({ removal: ['db', 'api'] })
    expect(found.web).toBeUndefined()
  })
  test('is free once the dependant is gone, not when its removal was assigned', () => {
    const removal = { assigned: { version: null, generation: 2, at: 5 } }
    const leaving = (phase: 'ready' | 'absent'): ObservedModule =>
      module('web', ['1.0.0', null], [], [['db']], {
        ...removal,
        observed: { version: '1.0.0', generation: phase === 'absent' ? 2 : 1, phase, since: 6 },
      })
    const db = module('db', ['1.0.0', null])
    expect(verdicts(leaving('ready'), db).db).toEqual({ removal: ['db', 'web'] })
    expect(verdicts(leaving('absent'), db)).toEqual({})
  })
  test('of a cluster that is no longer selected is one', () => {
    const deselected = { selected: false }
    const found = verdicts(
      module('web', ['1.0.0', '1.0.0'], [['db']], [], deselected),
      module('db', ['1.0.0', '1.0.0'], [], [], deselected),
    )
    expect(found).toEqual({ db: { removal: ['db', 'web'] } })
  })
})

test('each cluster is judged by itself', () => {
  const web = module('web', [null, '1.0.0'], [['db']])
  const db = module('db', ['1.0.0', '1.0.0'])
  const bare = { id: 'bare' }
  const found = dependencyVerdicts([
    { ...web, clusters: [...web.clusters, view(null, bare)] },
    { ...db, clusters: [...db.clusters, view(null, bare)] },
  ])
  expect(found).toEqual({ web: { bare: { start: ['web', 'db'] } }, db: {} })
})
