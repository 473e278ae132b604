import fc from 'fast-check'
import { dependencyVerdicts, type ModuleNeed, type ObservedModule } from 'fleetkit/fleet'
import type { TargetView } from 'fleetkit/rollout'
import { satisfies } from 'semver'
import { describe, expect, test } from 'vitest'
import { runs } from '../../random-tests.ts'

/** A module of a made-up cluster: what each of its versions needs, what is there and what is wanted. */
interface Thing {
  readonly id: string
  readonly needs: Readonly<Record<string, readonly ModuleNeed[]>>
  readonly has: string | null
  readonly wanted: string | null
}

const versions = ['1.0.0', '2.0.0', '3.0.0'] as const
const ids = ['a', 'b', 'c', 'd'] as const
const version = fc.constantFrom(...versions, null)
const range = fc.constantFrom('^1', '^2', '>=1', '>=1', '>=2', '<3', undefined)

/** Needs point to earlier modules, so that there is no cycle. */
const needsOf = (at: number) =>
  fc.array(
    fc.record({ module: fc.constantFrom(...ids.slice(0, Math.max(1, at))), range }).filter(() => at > 0),
    { maxLength: at === 0 ? 0 : 2 },
  )
const thing = (at: number): fc.Arbitrary<Thing> =>
  fc.record({
    id: fc.constant(ids[at] as string),
    needs: fc
      .tuple(needsOf(at), needsOf(at), needsOf(at))
      .map((lists) => Object.fromEntries(versions.map((each, index) => [each, lists[index] ?? []]))),
    has: version,
    wanted: version,
  })

const fits = (found: string | null | undefined, accepted: string | undefined): boolean =>
  found != null && (accepted === undefined || satisfies(found, accepted))
const at = ({ needs }: Thing, each: string | null): readonly ModuleNeed[] => (each === null ? [] : (needs[each] ?? []))
/** The needs that are not met when each module is in a version. */
const broken = (things: readonly Thing[], of: (thing: Thing) => string | null): readonly (readonly [Thing, Thing])[] =>
  things.flatMap((one) =>
    at(one, of(one)).flatMap((need) => {
      const other = things.find(({ id }) => id === need.module) as Thing
      return fits(of(other), need.range) ? [] : [[one, other] as const]
    }),
  )

/** What is there is in order; of what is wanted that need not be so. */
const world = fc.tuple(thing(0), thing(1), thing(2), thing(3)).filter((things) => broken(things, ({ has }) => has).length === 0)

/** `runs`: what was there before it was assigned what it has, while it is updating. */
const moduleOf = (one: Thing, runs: string | null = one.has): ObservedModule => {
  const { id, needs, has, wanted } = one
  const view: TargetView = {
    id: 'edge',
    reach: { ok: true, since: 0 },
    assigned: has === null && runs === null ? null : { version: has, generation: 2, at: 0 },
    observed: runs === null ? null : { version: runs, generation: runs === has ? 2 : 1, phase: 'ready', since: 0 },
  }
  return { id, version: wanted, needs: at(one, wanted), neededBefore: needs, clusters: [view] }
}

/** What a module of a made-up cluster has to wait for, before it becomes what is wanted. */
function pathOf({ id, wanted }: Thing, found: ReturnType<typeof dependencyVerdicts>): readonly string[] | undefined {
  const verdict = found[id]?.edge
  return wanted === null ? verdict?.removal : verdict?.start
}

/** Everything that may start does, all at once. */
function next(things: readonly Thing[]): { readonly things: readonly Thing[]; readonly paths: readonly (readonly string[])[] } {
  const found = dependencyVerdicts(things.map((one) => moduleOf(one)))
  const paths: (readonly string[])[] = []
  const after = things.map((one) => {
    if (one.has === one.wanted) return one
    const path = pathOf(one, found)
    if (path === undefined) return { ...one, has: one.wanted }
    paths.push(path)
    return one
  })
  return { things: after, paths }
}

/** Neither of the two can live with the other as it is: one has to wait while the other is broken. */
const inLockstep = (one: Thing, other: Thing, before: readonly Thing[]): boolean => {
  const then = before.find(({ id }) => id === other.id)?.has
  const later = at(one, one.wanted).filter(({ module }) => module === other.id)
  return later.length > 0 && later.every((need) => fits(other.wanted, need.range)) && !later.every((need) => fits(then, need.range))
}

describe('what the verdicts allow', () => {
  test('breaks nothing that is there, but for two that can only move one after the other', () => {
    fc.assert(
      fc.property(world, (first) => {
        let things: readonly Thing[] = first
        for (let tick = 0; tick < 8; tick += 1) {
          const after = next(things).things
          for (const [one, other] of broken(after, ({ has }) => has)) {
            expect([one, other, inLockstep(one, other, first)]).toEqual([one, other, true])
          }
          things = after
        }
      }),
      { numRuns: runs(5000) },
    )
  })
  test('breaks nothing that still runs while others are updating', () => {
    const chances = fc.array(fc.boolean(), { minLength: 64, maxLength: 64 })
    fc.assert(
      fc.property(world, chances, (first, drawn) => {
        const draws = drawn[Symbol.iterator]()
        const chance = (): boolean => draws.next().value as boolean
        let things: readonly Thing[] = first
        let running = first.map(({ has }) => has)
        for (let tick = 0; tick < 8; tick += 1) {
          const found = dependencyVerdicts(things.map((one, index) => moduleOf(one, running[index])))
          const started = things.map((one) => (pathOf(one, found) === undefined && chance() ? { ...one, has: one.wanted } : one))
          // Each may be the first to arrive.
          for (const arrived of started) {
            const after = broken(started, (one) => (one === arrived ? one.has : (running[started.indexOf(one)] as string | null)))
            for (const [one, other] of after) expect([one, other, inLockstep(one, other, first)]).toEqual([one, other, true])
          }
          running = started.map((one, index) => (chance() ? one.has : (running[index] as string | null)))
          things = started
        }
      }),
      { numRuns: runs(5000) },
    )
  })
  test('comes to what is wanted, if that fits together, unless the steps there are a cycle', () => {
    let arrived = 0
    fc.assert(
      fc.property(
        world.filter((things) => broken(things, ({ wanted }) => wanted).length === 0),
        (first) => {
          let things: readonly Thing[] = first
          let paths: readonly (readonly string[])[] = []
          for (let tick = 0; tick < 8; tick += 1) ({ things, paths } = next(things))
          if (paths.length === 0) arrived += 1
          else expect(paths.some((path) => path[0] === path.at(-1))).toBe(true)
          if (paths.length === 0) expect(things.map(({ has }) => has)).toEqual(first.map(({ wanted }) => wanted))
        },
      ),
      { numRuns: runs(3000) },
    )
    expect(arrived).toBeGreaterThan(2500)
  })
  test('stops by itself: what cannot go has a path to what is in its way', () => {
    fc.assert(
      fc.property(world, (first) => {
        let things: readonly Thing[] = first
        for (let tick = 0; tick < 8; tick += 1) ({ things } = next(things))
        const { things: after, paths } = next(things)
        expect(after).toEqual(things)
        for (const path of paths) expect(path.length).toBeGreaterThan(1)
      }),
      { numRuns: runs(2000) },
    )
  })
})
