import { dependencyVerdicts, type ObservedModule } from 'fleetkit/fleet'
import { type DependencyVerdict, planRollout, type RolloutInput, type RolloutPlan } from 'fleetkit/rollout'
import { describe, expect, test } from 'vitest'
import { at, comeTrue, rollout } from '../../rollout/plain-fleet.ts'
import { Random } from '../../rollout/simulation/random.ts'

type Edges = readonly (readonly [from: string, to: string])[]

/** Modules with the needs of `edges`, as their rollouts see them. */
const modulesOf = (inputs: readonly RolloutInput[], edges: Edges): readonly ObservedModule[] =>
  inputs.map(({ module: { id, version }, targets }) => ({
    id,
    version,
    needs: edges.filter(([from]) => from === id).map(([, to]) => ({ module: to })),
    clusters: targets,
  }))

describe('rollouts of modules that need one another', () => {
  const cycle: Edges = [
    ['x', 'y'],
    ['y', 'x'],
    ['after', 'x'],
    ['free', 'base'],
  ]
  const inputs = ['x', 'y', 'after', 'free', 'base'].map((id) => rollout(id, [at('c', id === 'base' ? 'v1' : null)]))
  const verdicts = dependencyVerdicts(modulesOf(inputs, cycle))

  test('P18: no dependency is removed while what depends on it is there', () => {
    const random = new Random(3)
    for (let run = 0; run < 300; run += 1) {
      const names = ['m0', 'm1', 'm2', 'm3']
      const edges = names.flatMap((from, index) => names.slice(0, index).flatMap((to) => (random.chance(0.5) ? [[from, to] as const] : [])))
      let all = names.map((name) => rollout(name, [at('c')], { module: { id: name, version: null } }))
      let states: (RolloutPlan['state'] | null)[] = names.map(() => null)
      const there = (): readonly string[] =>
        all.flatMap(({ module, targets }) => (targets[0]?.observed?.phase === 'absent' ? [] : [module.id]))
      for (let now = 1000; now < 1010; now += 1) {
        const present = there()
        const said = dependencyVerdicts(modulesOf(all, edges))
        const plans = all.map((input, index) => planRollout({ ...input, now, dependencies: said[input.module.id] }, states[index] ?? null))
        for (const [index, { actions, held }] of plans.entries()) {
          const dependants = edges.filter(([from, to]) => to === names[index] && present.includes(from))
          if (actions.length > 0) expect(dependants).toEqual([])
          else if (present.includes(names[index] as string)) expect(held.map(({ reason }) => reason)).toEqual(['still-needed'])
        }
        states = plans.map(({ state }) => state)
        all = all.map((input, index) => comeTrue({ ...input, now }, plans[index] as RolloutPlan, now))
      }
      expect(there()).toEqual([])
    }
  })
  test('P19: a cycle blocks its members and what depends on them, and nothing else', () => {
    const plans = inputs.map((input) => planRollout({ ...input, dependencies: verdicts[input.module.id] }, null))
    expect(plans.map(({ actions }) => actions.length)).toEqual([0, 0, 0, 1, 1])
    expect(plans.map(({ held }) => held[0]?.by)).toEqual([
      ['x', 'y', 'x', 'target:c'],
      ['y', 'x', 'y', 'target:c'],
      ['after', 'x', 'target:c'],
      undefined,
      undefined,
    ])
  })
  test('B14 is noticed: one cycle holds up every module', () => {
    const stuck = Object.values(verdicts).some(({ c }) => c?.start !== undefined)
    const starts = (verdict: DependencyVerdict | undefined): number =>
      planRollout(rollout('free', [at('c', null)], { dependencies: verdict && { c: verdict } }), null).actions.length
    expect([starts(verdicts.free?.c), starts(stuck ? { start: ['cycle'] } : undefined)]).toEqual([1, 0])
  })
})
