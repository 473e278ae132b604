import { planRollout } from 'fleetkit/rollout'
import { beforeAll, describe, expect, test } from 'vitest'
import { runs, seed } from '../random-tests.ts'
import { type Report, simulateMany } from './simulation/run.ts'

/** How many rollouts are simulated, and from which seed on. */
const count = runs(20_000)
const from = seed

const properties: Readonly<Record<string, string>> = {
  P1: 'the same input gives the same plan',
  P2: 'the order of targets, approvals and freezes does not matter',
  P3: 'once the actions are carried out, nothing more is done at the same time',
  P4: 'a stage never gets more unavailable than its budget, or than it was',
  P5: 'never more targets of a stage are updating than its budget, or than were, whatever their version',
  P6: 'a strict stage exceeds its tolerance by one at most, and a halt needs more failures than are tolerated',
  P7: 'within an attempt no stage closes, no failure and no halt is forgotten',
  P8: 'a stage begins when all of the one before are done with the wanted version, have failed, or are left out',
  P9: 'each target is in exactly one list, and each that is held has a reason',
  P10: 'nothing changes before nextWakeAt',
  P11: 'in a quiet world every rollout comes to an end',
  P12: 'more concurrency starts the same targets first',
  P13: 'nothing unreachable, on hold, failed, or blocked by a dependency is touched',
  P14: 'nothing is started when paused, aborted or halted',
  P15: 'a target that is done and leaves stops no other',
  P16: 'without its state the planner stays safe',
  P17: 'each target is assigned a version once in an attempt',
  P20: 'names matter by their order alone',
  P21: 'the time of day does not matter',
  P22: 'nothing is started outside of windows or in a freeze',
  P23: 'the decision log adds up to the state',
  R1: 'each target is in the stage that takes it first',
  R2: 'a stage is started in its order',
  R3: 'never more targets of a stage are started within a time than may be',
  R5: 'what fails is put on record, and stops what it should',
  R6: 'what the next stage waits for is so',
  R7: 'what each target had before is remembered',
  R9: 'a newer version begins at once, or when its turn has come',
  R10: 'a rollback to a version that was good is fast',
  R13: 'a stage that asks for approvals has them when it begins',
  R16: 'every reason is true, and no target is held without need',
  R18: 'the phase is that of the targets',
  R25: 'each track goes as a rollout of its own',
  R22: 'what failed is tried again as often as it may be, and no more',
  R21: 'a stage is complete when its checks have passed, and a check that fails, or is waited for too long, halts',
}

describe(`properties of ${count} simulated rollouts from seed ${from} on`, () => {
  let report: Report
  beforeAll(() => {
    report = simulateMany(planRollout, from, count)
    process.stdout.write(`seeds ${from} to ${from + count - 1}: ${report.plans} plans, ${JSON.stringify(report.phases)}\n`)
  }, 3_600_000)

  test.each(Object.entries(properties))('%s: %s', (property) => {
    expect(report.violations.get(property)).toBeUndefined()
  })
  test('every violation belongs to a named property', () => {
    expect([...report.violations.keys()].filter((property) => !(property in properties))).toEqual([])
  })
  test('the simulations come to every kind of end', () => {
    for (const phase of ['Complete', 'CompleteWithFailures', 'Halted', 'Reverted', 'Stalled']) {
      expect(report.phases[phase] ?? 0).toBeGreaterThan(count / 100)
    }
  })
})
