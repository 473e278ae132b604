import fc from 'fast-check'
import { dependencyVerdicts, versionWithValues } from 'fleetkit/fleet'
import { Canary, carryOut, observePhase, planRollout, type RolloutInput, type RolloutState, type TargetView, view } from 'fleetkit/rollout'
import semver from 'semver'
import { describe, expect, test } from 'vitest'
import { runs } from '../../random-tests.ts'
import { sortedFields, turned } from './turned.ts'

const values = fc.dictionary(fc.string(), fc.jsonValue())
describe('a version with values', () => {
  test('is the same for the same values, and another for others', () => {
    fc.assert(
      fc.property(values, values, (one, other) => {
        expect(versionWithValues('1.4.0', turned(one))).toBe(versionWithValues('1.4.0', one))
        const isSame = JSON.stringify(sortedFields(one)) === JSON.stringify(sortedFields(other))
        expect(versionWithValues('1.4.0', one) === versionWithValues('1.4.0', other)).toBe(isSame)
      }),
      { numRuns: runs(300) },
    )
  })

  test('is the version itself without any', () => {
    for (const none of [undefined, {}, { replicas: undefined }]) expect(versionWithValues('v2', none)).toBe('v2')
  })

  test('is in a range when the version is', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('1.4.0', '1.4.1-rc.1', '2.0.0', '1.5.0+build.7'),
        fc.constantFrom('^1.4', '>=2', '1.5.0', '*'),
        values,
        (version, range, of) => {
          const other = versionWithValues(version, of)
          expect(semver.valid(other)).not.toBeNull()
          expect(semver.satisfies(other, range)).toBe(semver.satisfies(version, range))
          expect(mayStart([view('a', other)], range)).toBe(semver.satisfies(version, range))
        },
      ),
      { numRuns: runs(100) },
    )
  })
})

/** Whether a module that needs `db` in a range may be started where that is. */
function mayStart(clusters: readonly TargetView[], range: string): boolean {
  const db = { id: 'db', version: clusters[0]?.assigned?.version ?? null, clusters }
  const web = { id: 'web', version: '1.0.0', needs: [{ module: 'db', range }], clusters: [view('a', null)] }
  return dependencyVerdicts([db, web]).web?.a?.start === undefined
}

describe('new values under one version', () => {
  const [old, wanted] = [versionWithValues('v2', { replicas: 2 }), versionWithValues('v2', { replicas: 3 })]
  const strategy = new Canary({ limit: 1, soak: '1h' }).compile()
  const inputOf = (targets: readonly TargetView[], version: string, now: number): RolloutInput => ({
    now,
    module: { id: 'shop', version },
    strategy,
    targets,
  })

  test('are rolled out in stages, and the values before are a version that was good', () => {
    let [targets, state]: [readonly TargetView[], RolloutState | null] = [['a', 'b'].map((id) => view(id, null)), null]
    const round = (version: string, now: number): readonly string[] => {
      const plan = planRollout(inputOf(targets, version, now), state)
      state = plan.state
      targets = carryOut(targets, plan.actions, now).map((target) =>
        observePhase(target, 'ready', Math.max(now, target.observed?.since ?? 0)),
      )
      return plan.actions.map(({ target }) => target)
    }
    const hour = 3_600_000
    expect([round(old, 0), round(old, hour), round(old, hour + 1)]).toEqual([['a'], ['b'], []])
    // Only the canary gets the new values; what has the old ones is not done.
    expect([round(wanted, 2 * hour), round(wanted, 2 * hour + 1)]).toEqual([['a'], []])
    expect(targets.map(({ assigned }) => assigned?.version)).toEqual([wanted, old])
    // Going on with the old ones is a fast rollback: no soak.
    expect([round(old, 2 * hour + 2), round(old, 2 * hour + 3)]).toEqual([['a'], []])
    expect(planRollout(inputOf(targets, old, 2 * hour + 4), state).phase).toBe('Complete')
  })
})
