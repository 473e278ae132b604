/**
 * Defects of fleeet, the project that the kinds of this library follow, by their numbers: those of its Modules, whose decisions are made by the planner here. The others are in
 * `test/engine/family` and `test/engine/assemblage`, in files of this name.
 */
import { assignVersion, carryOut, observePhase, planRollout, type TargetView, view } from 'fleetkit/rollout'
import { expect, test } from 'vitest'
import { assignedV2, at, comeTrue, rollout, unreachable } from './plain-fleet.ts'

test('4: the order of targets, labels and stages of equal input changes no decision, and what is carried out is not decided again', () => {
  const labels = { region: 'eu', tier: 'prod', zone: '1' }
  const reversed = Object.fromEntries(Object.entries(labels).toReversed())
  const ids = ['a', 'b', 'c', 'd']
  const input = rollout(
    'shop',
    ids.map((id) => at(id, 'v1', labels)),
    { strategy: { stages: [{ name: 'fleet', maxConcurrency: 2 }] } },
  )
  const other = { ...input, targets: ids.toReversed().map((id) => at(id, 'v1', reversed)) }
  const [first, second] = [planRollout(input, null), planRollout(other, null)]
  expect(first.actions.map(({ target }) => target)).toEqual(['a', 'b'])
  expect([second.actions, second.held, second.state]).toEqual([first.actions, first.held, first.state])
  const carried = { ...other, targets: carryOut(other.targets, second.actions, 1000) }
  expect(planRollout(carried, first.state)).toMatchObject({ actions: [], events: [] })
})

test('5: a target that becomes unreachable stays assigned, whatever it was assigned', () => {
  const done = { ...assignedV2('a', 'ready'), ...unreachable }
  const underway = { ...assignedV2('b', 'applying'), ...unreachable }
  const before = { ...at('c'), ...unreachable }
  const input = rollout('shop', [done, underway, before, at('d')])
  const plan = planRollout(input, null)
  expect(plan.actions).toMatchObject([{ target: 'd', set: 'v2' }])
  const after = comeTrue(input, plan, 2000)
  expect(planRollout(after, plan.state).actions).toEqual([])
  expect(after.targets.slice(0, 3)).toEqual(input.targets.slice(0, 3))
  expect(plan.held).toMatchObject([{ target: 'c', reason: 'unreachable' }])
  // Not even one that is to lose the module: its removal waits.
  const removal = planRollout({ ...input, module: { id: 'shop', version: null } }, null)
  expect(removal.actions).toMatchObject([{ target: 'd', remove: true }])
  const deselected = planRollout({ ...input, targets: [{ ...before, selected: false }] }, null)
  expect([deselected.actions, deselected.held]).toMatchObject([[], [{ target: 'c', reason: 'unreachable' }]])
})

test('6: the success of an old version is not counted for the new one', () => {
  const old = assignVersion(at('a'), 'v2', 900)
  const sameVersion: TargetView = { ...view('b', 'v2'), assigned: { version: 'v2', generation: 2, at: 900 } }
  const reported = observePhase(assignVersion(at('c'), 'v2', 900), 'ready', 950)
  const input = rollout('shop', [old, sameVersion, reported])
  const plan = planRollout(input, null)
  expect(plan).toMatchObject({ done: ['c'], phase: 'Running' })
  expect(plan.updating.map(({ target }) => target)).toEqual(['a', 'b'])
  const targets = [old, sameVersion].map((target) => observePhase(target, 'ready', 1500))
  expect(planRollout({ ...input, now: 2000, targets: [...targets, reported] }, plan.state)).toMatchObject({
    done: ['a', 'b', 'c'],
    phase: 'Complete',
  })
})

test('7: one invalid target skips no other, and the plan says what is wrong with it', () => {
  const broken = { ...at('b'), assigned: { version: 'v1', generation: 'one', at: 0 } } as unknown as TargetView
  const { actions, held, diagnostics } = planRollout(rollout('shop', [at('a'), broken, at('c')]), null)
  expect(actions.map(({ target }) => target)).toEqual(['a', 'c'])
  expect(held).toMatchObject([{ target: 'b', reason: 'invalid' }])
  expect(JSON.stringify([held, diagnostics])).toContain('generation')
})

test('8: the version and the counts of a plan are of one decision: each target is in one list, of the version that the plan is of', () => {
  const ids = ['a', 'b', 'c']
  let input = rollout(
    'shop',
    ids.map((id) => at(id)),
    { strategy: { stages: [{ name: 'fleet', maxConcurrency: 1 }] } },
  )
  let plan = planRollout(input, null)
  for (const version of ['v2', 'v3', 'v4']) {
    input = { ...comeTrue(input, plan, input.now + 1000), module: { id: 'shop', version } }
    plan = planRollout(input, plan.state)
    const listed = [
      ...plan.actions.map(({ target }) => target),
      ...plan.done,
      ...plan.updating.map(({ target }) => target),
      ...plan.held.map(({ target }) => target),
    ]
    expect(listed.toSorted()).toEqual(ids)
    expect(plan.state?.rid.version).toBe(version)
    const wanted = input.targets.filter(({ observed }) => observed?.version === version).map(({ id }) => id)
    expect(plan.done).toEqual(wanted)
  }
})

test('10: what several targets lose at once is removed exactly there, each once', () => {
  const gone = (id: string): TargetView => ({ ...view(id, 'v2'), selected: false })
  const input = rollout('shop', [gone('a'), view('b', 'v2'), gone('c'), gone('d'), view('e', 'v2')])
  const plan = planRollout(input, null)
  expect(plan.actions.map((action) => [action.target, 'remove' in action])).toEqual([
    ['a', true],
    ['c', true],
    ['d', true],
  ])
  const after = comeTrue(input, plan, 2000)
  expect(planRollout(after, plan.state)).toMatchObject({ actions: [], phase: 'Complete' })
  expect(after.targets.filter(({ observed }) => observed?.phase !== 'absent').map(({ id }) => id)).toEqual(['b', 'e'])
})

test('11: a module that is deleted is removed from every target that has it, of whatever version, and from no other', () => {
  // One that this planner has never assigned.
  const found = { ...at('f'), assigned: null }
  const targets = [at('a'), view('b', 'v2'), assignedV2('c', 'failed'), at('d', null), { ...at('e'), ...unreachable }, found]
  let input = rollout('shop', targets, { module: { id: 'shop', version: null } })
  const plan = planRollout(input, null)
  expect(plan.actions.every((action) => 'remove' in action)).toBe(true)
  expect(plan.actions.map(({ target }) => target).toSorted()).toEqual(['a', 'b', 'c', 'f'])
  // The one that could not be reached is not forgotten.
  input = { ...comeTrue(input, plan, 2000) }
  input = { ...input, targets: input.targets.map((target) => (target.id === 'e' ? at('e') : target)) }
  const next = planRollout(input, plan.state)
  expect(next.actions).toMatchObject([{ target: 'e', remove: true }])
  expect(planRollout(comeTrue(input, next, 3000), next.state)).toMatchObject({ actions: [], phase: 'Complete' })
})
