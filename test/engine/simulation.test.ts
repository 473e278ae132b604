import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root } from '../../scripts/entry-points.ts'
import { runs, seed } from '../random-tests.ts'
import { mutants, simulationOf } from './simulation/mutants.ts'
import { simulate, type WorldKind } from './simulation/simulate.ts'

const kinds: readonly (readonly [kind: WorldKind, worlds: number])[] = [
  ['Sync', runs(150)],
  ['RemoteSync', runs(100)],
  ['ProxySync', runs(60)],
  ['PullSync', runs(40)],
  ['Module', runs(60)],
]
/** A mutant that lives longer than this is not noticed. */
const most = 400

test.each(kinds)('random worlds of %ss come through every fault', { timeout: runs(120_000) }, async (kind, worlds) => {
  let [faults, attempts] = [0, 0]
  for (let index = 0; index < worlds; index++) {
    const world = seed * 1_000_000 + index
    const simulated = await simulate(world, { kind })
    expect(simulated.violations, `world ${world}`).toEqual([])
    faults += simulated.faults
    attempts += simulated.attempts
  }
  process.stdout.write(`${worlds} worlds of ${kind}s, ${attempts} attempts, ${faults} faults\n`)
  // A simulation in which nothing fails or nothing is attempted shows nothing.
  expect(faults).toBeGreaterThan(worlds)
  expect(attempts).toBeGreaterThan(10 * worlds)
})

test.each(kinds)('one seed gives one world of %ss', async (kind) => {
  expect(await simulate(7, { kind })).toEqual(await simulate(7, { kind }))
})

describe('a mistake in the engine is noticed', () => {
  let directory: string
  beforeAll(async () => {
    // Below the repository, where the packages are found.
    await mkdir(path.join(root, '.cache'), { recursive: true })
    directory = await mkdtemp(path.join(root, '.cache', 'simulation-'))
  })
  afterAll(() => rm(directory, { recursive: true, force: true }))

  test.each(Object.entries(mutants))('%s', { timeout: 300_000 }, async (name, mutant) => {
    const { simulate: simulateMutant } = await simulationOf(mutant, path.join(directory, `${name.replaceAll(' ', '-')}.mjs`))
    const { from = 0 } = mutant
    let world = 0
    const isKilled = async (): Promise<boolean> =>
      (await simulateMutant(seed * 1_000_000 + from + world++, { kind: mutant.kind, backups: mutant.backups })).violations.some(
        ({ invariant }) => invariant === mutant.killedBy,
      )
    while (world < most && !(await isKilled()));
    process.stdout.write(
      `${name}: ${mutant.mistake}: ${world < most ? `killed by ${mutant.killedBy}` : 'survives'} after ${world} worlds\n`,
    )
    expect(world).toBeLessThan(most)
  })

  test('that a mutant is built at all changes nothing', async () => {
    const { simulate: simulateCopy } = await simulationOf({ patches: {} }, path.join(directory, 'copy.mjs'))
    expect(await simulateCopy(7)).toEqual(await simulate(7))
  })
})
