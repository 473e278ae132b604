import fc from 'fast-check'
import { type AssignedModule, type AssignedModuleStatus, type KubeObject, mirrorWriteAnnotation } from 'fleetkit'
import { expect, test } from 'vitest'
import { runs, seed } from '../../random-tests.ts'
import { assigned, revisionOf } from './assigned-modules.ts'
import { copyRef } from './remote-assemblage-world.ts'
import { report, reported, type States } from './reported-by-hand.ts'

const names = ['a', 'b', 'c'] as const
const name = fc.constantFrom(...names)
const states = fc.record(
  Object.fromEntries(
    names.map((each) => [
      each,
      fc.constantFrom('Ready', 'Failed', 'Stalled', 'Progressing', 'Waiting', 'Unassigned') as fc.Arbitrary<States[string]>,
    ]),
  ),
)
const step = fc.oneof(
  fc.record({ do: fc.constant('assign' as const), name, version: fc.constantFrom(1 as const, 2 as const) }),
  fc.record({ do: fc.constant('remove' as const), name }),
  // What is being removed may be there still, or be gone.
  fc.record({ do: fc.constant('report' as const), states, gone: fc.boolean(), of: fc.constantFrom('now', 'now', 'before', 'refused') }),
)
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

const keyOf = ({ name: of, revision, generation }: Pick<AssignedModule, 'name' | 'revision' | 'generation'>) =>
  `${of} ${revision} ${generation}`

/** Assigns, removes and reports, and looks after each step at what is shown. */
async function play(steps: readonly Step[]): Promise<void> {
  const { w, stop } = await reported()
  const modules = new Map<string, AssignedModule>([
    ['a', assigned(revisionOf('a'))],
    ['b', assigned(revisionOf('b'))],
  ])
  let generation = 1
  let before: string | undefined
  /** Which syncs are in the cluster, and what was ever reported of which assignment. */
  let there = new Set<string>(modules.keys())
  const outcomes = new Set<string>()
  for (const each of steps) {
    const { modules: shownBefore = [] } = await w.status()
    if (each.do === 'report') {
      if (each.of === 'before' && before === undefined) continue
      const isGenuine = each.of === 'now'
      const listed = [...there].filter((of) => modules.has(of) || !each.gone || !isGenuine)
      const said = Object.fromEntries(listed.map((of) => [of, each.states[of] as States[string]]))
      await report(w, said, { stalled: each.of === 'refused', ...(each.of === 'before' ? { observed: before } : {}) })
      const { modules: shown = [], syncs = [] } = await w.status()
      if (!isGenuine) {
        expect(shown).toEqual(shownBefore)
        continue
      }
      there = new Set(listed)
      for (const module of modules.values()) {
        const state = said[module.name]
        const phase = state === 'Ready' ? 'Ready' : state === 'Failed' || state === 'Stalled' ? 'Failed' : undefined
        if (phase === undefined) continue
        outcomes.add(`${keyOf(module)} ${phase}`)
        expect(shown.find((one) => one.name === module.name)).toMatchObject({
          revision: module.revision,
          generation: module.generation,
          phase,
        })
      }
      const all = [...shown, ...syncs].map((one) => one.name)
      expect(new Set(all).size).toBe(all.length)
      // Whatever is there and not assigned is shown, and nothing that is gone.
      for (const of of names) if (!modules.has(of)) expect(all.includes(of)).toBe(there.has(of))
      for (const one of shown) expectKnown(one, outcomes, modules)
      continue
    }
    if (each.do === 'remove' && !modules.has(each.name)) continue
    before = ((await w.eu.get(copyRef)) as KubeObject).metadata.annotations?.[mirrorWriteAnnotation]
    if (each.do === 'remove') modules.delete(each.name)
    else modules.set(each.name, assigned(revisionOf(each.name, each.version), ++generation))
    await w.put({ syncs: [], modules: [...modules.values()] })
    await w.clock.advance(2000)
    for (const of of modules.keys()) there.add(of)
    expect((await w.status()).modules ?? []).toEqual(shownBefore)
  }
  await stop()
}

/** What is shown was once reported, of exactly that assignment. */
function expectKnown(one: AssignedModuleStatus, outcomes: ReadonlySet<string>, modules: ReadonlyMap<string, unknown>): void {
  if (one.phase === 'Removing') expect(modules.has(one.name)).toBe(false)
  const phases = one.phase === 'Removing' ? ['Ready', 'Failed'] : [one.phase]
  expect(
    phases.some((phase) => outcomes.has(`${keyOf(one)} ${phase}`)),
    keyOf(one),
  ).toBe(true)
}

test('random assignments and reports show no outcome that was not reported of exactly that assignment', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 14 }), play), { seed, numRuns: runs(40), endOnFailure: false })
}, 120_000)
